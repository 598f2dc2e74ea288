import { compare, sum, type Decimal } from '@latchkey/kernel';
import type { OrderSnapshot } from '../domain/trade/commands.js';
import type { Trade } from '../domain/trade/state.js';

/** What is known of an order's executions when these have come. */
export const knownWith = (trade: Trade, { fills }: OrderSnapshot): Decimal => {
  const known = 'fills' in trade ? trade.fills : [];
  const ids = new Set(known.map(({ fillId }) => fillId));
  return sum([...known, ...fills.filter(({ fillId }) => !ids.has(fillId))].map(({ amount }) => amount));
};

/** What was executed is a fact now; how it ended is told when all of it is known. */
export const asOpen = ({ averagePrice: _price, refusal: _refusal, ...order }: OrderSnapshot): OrderSnapshot => ({
  ...order,
  status: 'open',
});

/** No look would list more of its executions, and what they were charged in all is known. */
const isToldWhole = ({ fees, fillsCut }: OrderSnapshot): boolean => fillsCut === true && fees !== undefined;

/** True where an order has ended and its fills, which say what was taken in fees, are not all known. */
export const lacksFills = (trade: Trade, order: OrderSnapshot): boolean =>
  order.status !== 'open' &&
  trade.status !== 'none' &&
  trade.request.marketType === 'spot' &&
  !isToldWhole(order) &&
  compare(knownWith(trade, order), order.filled) < 0;

/**
 * On spot a fee may be taken in what was bought: an order that is closed without its fills would leave its following owning more than there is,
 * for good. Such an order stays open for us, and is followed until they come. A trade that is closed already only gains what came.
 */
export const openUntilWhole = (trade: Trade, order: OrderSnapshot): OrderSnapshot =>
  trade.status !== 'closed' && lacksFills(trade, order) ? asOpen(order) : order;
