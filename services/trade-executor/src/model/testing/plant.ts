import type { Markets } from '../../app/ports/exchange.js';
import type { Holdings } from '../../app/ports/holdings.js';
import type { Trades } from '../../app/ports/trades.js';
import type { Vault } from '../../app/ports/vault.js';
import type { TradeQueue } from '../../app/ports/work.js';
import type { nextLookup } from '../../domain/settlement/lookup-policy.js';

/** What one executor of the model works with. */
export type Ports = {
  readonly trades: Trades;
  readonly queue: TradeQueue;
  readonly holdings: Holdings;
  readonly exchanges: Markets;
  readonly vault: Vault;
};

type NextLookup = typeof nextLookup;

/** A mistake: between an executor and its ports, or in the place of a rule. */
export type Plant = {
  readonly ports?: (ports: Ports) => Ports;
  readonly nextLookup?: (real: NextLookup) => NextLookup;
};

let current: Plant = {};

/** From now on every rule that {@link plantedLookupPolicy} guards is the planted one, if there is one. */
export const plant = (next: Plant): void => {
  current = next;
};

/** The module as a spec's `vi.mock` puts it in the place of the real one: as it is, until something is planted in it. */
export const plantedLookupPolicy = <Module extends { readonly nextLookup: NextLookup }>(real: Module): Module => ({
  ...real,
  nextLookup: (state, venueNow) => (current.nextLookup?.(real.nextLookup) ?? real.nextLookup)(state, venueNow),
});
