import type { LinearEngine } from '../../core/linear-engine.js';
import type { MarketBook } from '../../core/order-book.js';
import type { World } from '../../core/world.js';
import type { OrderCounts } from '../order-counts.js';
import type { AlgoEngine } from './algo/algo-engine.js';
import type { ListenKeys } from './listen-keys.js';
import type { UsdmMarkets } from './usdm-markets.js';

/** What the endpoints of USDM share. */
export type UsdmParts = {
  readonly world: World;
  readonly markets: UsdmMarkets;
  readonly book: MarketBook;
  readonly engine: LinearEngine;
  readonly counts: OrderCounts;
  readonly listenKeys: ListenKeys;
  readonly algo: AlgoEngine;
};

/** Fee per unit traded, as the venue writes it. */
export const feeRates = { maker: '0.0002', taker: '0.0005' } as const;
