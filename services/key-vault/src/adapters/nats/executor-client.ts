import type { RpcClient } from '@latchkey/messaging';
import type { Executor } from '../../app/verification-ports.js';

/** The executor over NATS: the vault itself reaches no venue. */
export const createExecutorClient = (rpc: Pick<RpcClient, 'call'>): Executor => ({
  isThere: async () => {
    try {
      await rpc.call('qry.trade-executor.health', {});
      return true;
    } catch {
      return false;
    }
  },
  verify: (of) => rpc.call('cmd.trade-executor.verify-credential', of),
});
