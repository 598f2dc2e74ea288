import type { TradeStatus } from '@latchkey/contracts';
import { add, decimal, divide, isPositive, multiply, sum, toFixedPlaces, zero, type Decimal } from '@latchkey/kernel';
import { legsOf } from './legs.js';
import type { Trade } from './state.js';

const averagePlaces = 12;

/** Base units that were executed, by all orders of the trade. */
export const filledAmount = (trade: Trade): Decimal => sum(legsOf(trade).map(({ filled }) => filled));

/** Quote units per base unit; absent while nothing was executed, or while the price of a part is not known. */
export const averagePrice = (trade: Trade): Decimal | undefined => {
  const legs = legsOf(trade).filter(({ filled, averagePrice: price }) => isPositive(filled) || price !== undefined);
  const [only] = legs;
  if (legs.length <= 1) return only?.averagePrice;
  const prices = legs.map(({ averagePrice: price }) => price);
  if (prices.includes(undefined)) return undefined;
  const value = legs.reduce((total, { filled }, i) => add(total, multiply(filled, prices[i] ?? zero)), zero);
  return decimal(toFixedPlaces(divide(value, filledAmount(trade)), averagePlaces));
};

/** DESIGN 11's status of a trade. */
export const statusOf = (trade: Trade): TradeStatus => {
  if (trade.status === 'none') return 'requested';
  if (trade.status === 'closed') return trade.outcome;
  if (trade.status === 'accepted') return trade.fills.length > 0 ? 'partially_filled' : 'accepted';
  const executed = isPositive(filledAmount(trade));
  if (trade.status === 'completed') {
    if (!executed) return 'denied';
    return legsOf(trade).some(({ status }) => status === 'canceled') ? 'canceled' : 'filled';
  }
  // What an earlier order of an exit closed stays closed, whatever ended the rest.
  const ended = trade.status === 'denied' || trade.status === 'expired' || trade.status === 'rejected';
  return ended && executed && trade.earlier.length > 0 ? 'canceled' : trade.status;
};
