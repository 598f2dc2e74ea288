import { compare, decimal, divide, isPositive, multiply, toFixedPlaces, type Decimal } from '@latchkey/kernel';
import { leastValue, shown } from './least-order.js';
import { largest, roundDown, smallest } from './lots.js';
import type { MarketRules } from './market-rules.js';
import { meantBy } from './meant.js';
import type { Meant, SizeRequest, SizingRefusal } from './size-request.js';
import { mostPercent } from './sizing-modes.js';

/** What to order: base units, or quote units that the venue turns into base units itself. */
export type SizedOrder = { readonly amount: Decimal } | { readonly quoteAmount: Decimal };
export type Sized = { readonly ok: true; readonly order: SizedOrder } | ({ readonly ok: false } & SizingRefusal);

const refuse = (reason: string, message: string, least?: Decimal): Sized => ({
  ok: false,
  reason,
  message,
  ...(least !== undefined && { least }),
});

/** What would have been enough, in the units of the follower's own setting. */
const leastOf = (meant: Meant, { sizing, marketType, rules, price }: SizeRequest): { words: string; least?: Decimal } => {
  const least = leastValue(meant, rules, price);
  if (least === undefined) return { words: 'more than there is' };
  const most = mostPercent(sizing.mode, marketType);
  if (most !== undefined && compare(least, most) > 0) return { words: `more than ${most} %` };
  return { words: `at least ${least} ${meant.valueUnit}`, least };
};

const checkNotional = (value: Decimal, meant: Meant, request: SizeRequest): Sized | undefined => {
  const { notional, quoteAsset, symbol } = request.rules;
  if (notional.min !== undefined && compare(value, notional.min) < 0) {
    const { words, least } = leastOf(meant, request);
    return refuse(
      'sizing.below_minimum_notional',
      `An order worth ${shown(value)} ${quoteAsset} is below the exchange's minimum of ${notional.min} ${quoteAsset} on ${symbol}: it takes ${words}.`,
      least,
    );
  }
  if (notional.max !== undefined && compare(value, notional.max) > 0) {
    return refuse(
      'sizing.above_maximum_notional',
      `An order worth ${shown(value)} ${quoteAsset} is above the exchange's maximum of ${notional.max} ${quoteAsset} on ${symbol}; follow with a smaller size.`,
    );
  }
  return undefined;
};

const belowMinimum = (wanted: Decimal, asset: string, meant: Meant, request: SizeRequest): Sized => {
  const { words, least } = leastOf(meant, request);
  return refuse(
    'sizing.below_minimum_quantity',
    `${shown(wanted)} ${asset} leaves nothing to order on ${request.rules.symbol}: the exchange takes ${words}.`,
    least,
  );
};

const minimumOf = ({ lots }: MarketRules): Decimal | undefined => largest(lots.map(({ min, step }) => min ?? step));

const sizeBase = (wanted: Decimal, meant: Meant, request: SizeRequest): Sized => {
  const { rules, price } = request;
  const { symbol, baseAsset, lots } = rules;
  const amount = roundDown(wanted, lots);
  const min = minimumOf(rules);
  const max = smallest(lots.map((lot) => lot.max));
  if (!isPositive(amount) || (min !== undefined && compare(amount, min) < 0))
    return belowMinimum(wanted, baseAsset, meant, request);
  if (max !== undefined && compare(amount, max) > 0) {
    return refuse(
      'sizing.above_maximum_quantity',
      `${amount} ${baseAsset} is above the exchange's maximum of ${max} ${baseAsset} for a market order on ${symbol}.`,
    );
  }
  const worth = price === undefined ? undefined : multiply(amount, price);
  return (worth === undefined ? undefined : checkNotional(worth, meant, request)) ?? { ok: true, order: { amount } };
};

const sizeQuote = (wanted: Decimal, meant: Meant, request: SizeRequest): Sized => {
  const { rules, price } = request;
  const { symbol, quoteAsset } = rules;
  if (!rules.takesQuoteAmount) {
    return price === undefined || !isPositive(price)
      ? refuse(
          'sizing.price_unknown',
          `The exchange told no price of ${symbol}, so ${shown(wanted)} ${quoteAsset} cannot be sized.`,
        )
      : sizeBase(divide(wanted, price), meant, request);
  }
  const quoteAmount = decimal(toFixedPlaces(wanted, rules.quotePlaces));
  if (!isPositive(quoteAmount))
    return refuse(
      'sizing.not_positive',
      `${shown(wanted)} ${quoteAsset} leaves nothing to order; follow with an amount above zero.`,
    );
  const min = minimumOf(rules);
  const buys = price !== undefined && isPositive(price) ? divide(quoteAmount, price) : undefined;
  // The venue finds the quantity itself, and refuses one that is less than its smallest lot.
  if (buys !== undefined && min !== undefined && compare(buys, min) < 0)
    return belowMinimum(quoteAmount, quoteAsset, meant, request);
  return checkNotional(quoteAmount, meant, request) ?? { ok: true, order: { quoteAmount } };
};

/**
 * How much one follower orders for one action of an alert. Rounds down only; where nothing is left it says what the minimum would be, in the
 * units of the follower's setting.
 *
 * @returns base units, or quote units where the market takes them as they are: the venue then finds the quantity and keeps its own lot size
 */
export const sizeOrder = (request: SizeRequest): Sized => {
  const { rules } = request;
  if (!rules.trading)
    return refuse('market.not_trading', `${rules.symbol} takes no orders at the exchange now; the signal was not traded.`);
  const meant = meantBy(request);
  if ('reason' in meant) return { ok: false, ...meant };
  return meant.unit === 'base' ? sizeBase(meant.amount, meant, request) : sizeQuote(meant.amount, meant, request);
};
