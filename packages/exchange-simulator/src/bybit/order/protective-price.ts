import { add, decimal, multiply, roundDownToStep, subtract, type Decimal } from '@latchkey/kernel';
import type { OrderSide } from '../../core/order.js';

const one = decimal('1');
const slippage = decimal('0.05');

/**
 * The limit that Bybit gives a market order, so that it cannot run away: what answers show as its `price`, which is not what it traded at.
 * The width is this simulator's; the venue's depends on the symbol.
 */
export const protectivePrice = (side: OrderSide, marketPrice: Decimal, tickSize: Decimal): Decimal =>
  roundDownToStep(multiply(marketPrice, side === 'buy' ? add(one, slippage) : subtract(one, slippage)), tickSize);
