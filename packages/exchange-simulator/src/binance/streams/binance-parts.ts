import type { World } from '../../core/world.js';
import type { Endpoint } from '../endpoint.js';
import type { BinanceLimits, IpLimiter } from '../ip-limits.js';
import type { SpotParts } from '../spot/spot-parts.js';
import type { UsdmParts } from '../usdm/usdm-parts.js';

/** What Binance's REST side and its WebSockets share: one of each per simulation. */
export type BinanceParts = {
  readonly world: World;
  readonly limits: BinanceLimits;
  readonly limiter: IpLimiter;
  readonly spot: SpotParts;
  readonly usdm: UsdmParts;
  /** Spot's, which its WebSocket API answers too. */
  readonly spotEndpoints: readonly Endpoint[];
};
