import type { TradeIntent } from '../domain/trade/intent.js';
import type { AgePolicy } from '../domain/trade/policy.js';

/** How old a signal may be when its order is sent, in milliseconds from its receipt. */
export const ageLimit = (intent: TradeIntent, { maxSignalAgeMs, maxExitAgeMs }: AgePolicy): number =>
  intent === 'closing' ? maxExitAgeMs : maxSignalAgeMs;
