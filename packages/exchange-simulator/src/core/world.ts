import { createAccounts, type Accounts } from './accounts.js';
import type { SimClock } from './clock.js';
import { createFaultPlans, type FaultPlans } from './fault-plans.js';
import { createFaults, type Faults } from './faults.js';
import { createVenueIds, type VenueIds } from './ids.js';
import { createAlgoBook, type AlgoBook } from './algo-book.js';
import { createOrderBook, type OrderBook } from './order-book.js';
import { createPrices, type Prices } from './prices.js';
import { seededRandom } from './seeded-random.js';
import { createStats, type Stats } from './stats.js';
import { createStreams, type Streams } from './streams/streams.js';
import { createTimers, type Timers } from './timers.js';

/** All state of one simulation. A reset makes a new one; nothing outlives it. */
export type World = {
  readonly clock: SimClock;
  readonly timers: Timers;
  readonly ids: VenueIds;
  readonly accounts: Accounts;
  readonly prices: Prices;
  readonly book: OrderBook;
  readonly algoBook: AlgoBook;
  readonly faults: Faults;
  readonly faultPlans: FaultPlans;
  readonly stats: Stats;
  readonly streams: Streams;
};

export const createWorld = (clock: SimClock, seed: number): World => {
  const timers = createTimers(clock);
  const accounts = createAccounts();
  const faults = createFaults(clock);
  return {
    clock,
    timers,
    ids: createVenueIds(seededRandom(seed)),
    accounts,
    prices: createPrices(),
    book: createOrderBook(),
    algoBook: createAlgoBook(),
    faults,
    faultPlans: createFaultPlans(faults),
    stats: createStats(),
    streams: createStreams({ clock, timers, faults, accounts }),
  };
};

/** Ends what waits and what is connected; the world is not used again. */
export const endWorld = ({ timers, streams }: World): void => {
  timers.cancelAll();
  streams.end({}, 'drop');
};
