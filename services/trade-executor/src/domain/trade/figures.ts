import type { TradeStatus } from '@latchkey/contracts';
import { add, decimal, divide, greater, isPositive, multiply, sum, toFixedPlaces, zero, type Decimal } from '@latchkey/kernel';
import type { Fill } from './events.js';
import type { Trade } from './state.js';

// Averages are shown, never traded on; more digits than any venue's tick are noise.
const averagePlaces = 12;

const filledOf = (fills: readonly Fill[]): Decimal => sum(fills.map(({ amount }) => amount));

const averageOf = (fills: readonly Fill[]): Decimal => {
  const value = fills.reduce((total, { amount, price }) => add(total, multiply(amount, price)), zero);
  return decimal(toFixedPlaces(divide(value, filledOf(fills)), averagePlaces));
};

/** Base units that were executed: by the fills we know, or by the venue's own total where fills got lost on the way. */
export const filledAmount = (trade: Trade): Decimal => {
  if (trade.status === 'closed') return greater(filledOf(trade.fills), trade.venueFilled);
  return 'fills' in trade ? filledOf(trade.fills) : zero;
};

/** Quote units per base unit; absent while nothing was executed. */
export const averagePrice = (trade: Trade): Decimal | undefined => {
  if (!('fills' in trade)) return undefined;
  const known = filledOf(trade.fills);
  if (trade.status === 'closed' && known !== trade.venueFilled && trade.venueAveragePrice !== undefined)
    return trade.venueAveragePrice;
  return isPositive(known) ? averageOf(trade.fills) : undefined;
};

/** DESIGN 11's status of a trade. */
export const statusOf = (trade: Trade): TradeStatus => {
  if (trade.status === 'none') return 'requested';
  if (trade.status === 'closed') return trade.outcome;
  if (trade.status === 'accepted') return trade.fills.length > 0 ? 'partially_filled' : 'accepted';
  return trade.status;
};
