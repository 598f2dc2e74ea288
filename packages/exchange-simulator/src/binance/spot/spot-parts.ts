import type { SpotEngine } from '../../core/spot-engine.js';
import type { World } from '../../core/world.js';
import type { OrderCounts } from '../order-counts.js';
import type { SpotMarkets } from './spot-markets.js';

/** What the endpoints of spot share. */
export type SpotParts = {
  readonly world: World;
  readonly markets: SpotMarkets;
  readonly engine: SpotEngine;
  readonly counts: OrderCounts;
};
