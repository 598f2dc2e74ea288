import { decimal, multiply, roundDownToStep, subtract, type Decimal } from '@latchkey/kernel';
import type { Fill, Order, OrderDraft, Reserve } from './order.js';
import type { Wallet } from './wallet.js';

const feeRate = decimal('0.001');
const feeStep = decimal('0.00000001');

/** What an order of this size needs at `price`: quote to buy, base to sell. */
export const fundsFor = ({ pair, side }: Pick<OrderDraft, 'pair' | 'side'>, quantity: Decimal, price: Decimal): Reserve =>
  side === 'buy' ? { asset: pair.quote, amount: multiply(quantity, price) } : { asset: pair.base, amount: quantity };

/** The fill that takes `quantity` of the order at `price`. The fee is 0.1 % of what is received: base for buys, quote for sells. */
export const fillOf = (
  order: Order,
  quantity: Decimal,
  price: Decimal,
  about: Pick<Fill, 'tradeId' | 'maker' | 'atMs'>,
): Fill => {
  const quote = multiply(quantity, price);
  const received = order.side === 'buy' ? quantity : quote;
  return {
    ...about,
    price,
    quantity,
    quote,
    fee: roundDownToStep(multiply(received, feeRate), feeStep),
    feeAsset: order.side === 'buy' ? order.pair.base : order.pair.quote,
  };
};

/** Moves what a fill exchanges. The reserve must have been released before. */
export const settle = (wallet: Wallet, { pair, side }: Order, { quantity, quote, fee }: Fill): void => {
  if (side === 'buy') {
    wallet.spend(pair.quote, quote);
    wallet.receive(pair.base, subtract(quantity, fee));
  } else {
    wallet.spend(pair.base, quantity);
    wallet.receive(pair.quote, subtract(quote, fee));
  }
};
