import type { Rpc } from './ports.js';

type Deps = {
  readonly rpc: Pick<Rpc, 'call'>;
  /** Those that are known without asking, e.g. of an executor that is to be added. */
  readonly configured: readonly string[];
};

/**
 * The addresses that users allow-list: those of all executors that live, and the configured ones. An executor that does not answer takes none
 * off the list: a key that is bound to fewer would be refused when it is back.
 */
export const createEgressAddresses = ({ rpc, configured }: Deps) => {
  let known: readonly string[] = [];
  return async (): Promise<readonly string[]> => {
    try {
      ({ addresses: known } = await rpc.call('qry.trade-executor.egress-addresses', {}));
    } catch {
      // What was told last still stands.
    }
    return [...new Set([...configured, ...known])].toSorted();
  };
};

export type EgressAddresses = ReturnType<typeof createEgressAddresses>;
