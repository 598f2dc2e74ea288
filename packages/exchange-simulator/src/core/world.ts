import { createAccounts, type Accounts } from './accounts.js';
import type { SimClock } from './clock.js';
import { createFaults, type Faults } from './faults.js';
import { createVenueIds, type VenueIds } from './ids.js';
import { createOrderBook, type OrderBook } from './order-book.js';
import { createPrices, type Prices } from './prices.js';
import { seededRandom } from './seeded-random.js';
import { createStats, type Stats } from './stats.js';
import { createTimers, type Timers } from './timers.js';

/** All state of one simulation. A reset makes a new one; nothing outlives it. */
export type World = {
  readonly clock: SimClock;
  readonly timers: Timers;
  readonly ids: VenueIds;
  readonly accounts: Accounts;
  readonly prices: Prices;
  readonly book: OrderBook;
  readonly faults: Faults;
  readonly stats: Stats;
};

export const createWorld = (clock: SimClock, seed: number): World => ({
  clock,
  timers: createTimers(clock),
  ids: createVenueIds(seededRandom(seed)),
  accounts: createAccounts(),
  prices: createPrices(),
  book: createOrderBook(),
  faults: createFaults(clock),
  stats: createStats(),
});
