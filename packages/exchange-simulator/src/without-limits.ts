import { documentedLimits, type BinanceLimits } from './binance/ip-limits.js';
import { documentedBybitLimits, type BybitLimits } from './bybit/limits.js';

// Higher than anybody can come within a window, and still a number that fits where a venue tells its limits.
const beyondReach = 1_000_000_000;

/** Limits that nobody reaches, for both venues. */
export const withoutLimits: { readonly binanceLimits: BinanceLimits; readonly bybitLimits: BybitLimits } = {
  binanceLimits: {
    ...documentedLimits,
    weightPerMinute: beyondReach,
    walletWeightPerMinute: beyondReach,
    connectionsPer5Minutes: beyondReach,
    orders: { per10Seconds: beyondReach, perDay: beyondReach },
    usdm: { weightPerMinute: beyondReach, orders: { per10Seconds: beyondReach, perMinute: beyondReach } },
  },
  bybitLimits: {
    ...documentedBybitLimits,
    requestsPer5Seconds: beyondReach,
    otherPerSecond: beyondReach,
    connectionsPer5Minutes: beyondReach,
    perSecond: Object.fromEntries(
      Object.keys(documentedBybitLimits.perSecond).map((path) => [path, { spot: beyondReach, linear: beyondReach }]),
    ),
  },
};
