import type { RpcReply, RpcRequest } from '@latchkey/contracts';
import type { FreezeCommand } from '../domain/freeze/freeze.js';
import type { FreezeSwitch } from './ports.js';

type Subject = 'cmd.key-vault.freeze' | 'cmd.key-vault.thaw';

/**
 * Stops all signing but cancels, or lets it go on, in every instance at once: signatures that were recorded before the answer are the last
 * ones, or the first. Keys are saved and deleted all the while.
 */
export const turnFreeze =
  (freeze: FreezeSwitch, type: FreezeCommand['type']) =>
  async ({ reason, context }: RpcRequest<Subject>): Promise<RpcReply<Subject>> => {
    const changed = await freeze.handle({ type, data: { reason } }, context);
    return { changed, state: await freeze.state() };
  };
