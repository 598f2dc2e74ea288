import { supportedSizingModes, type SizingModeName } from './sizing-modes.js';
import { compare, decimal, divide, isPositive, multiply, toFixedPlaces, type Decimal } from '@latchkey/kernel';
import { largest, roundDown, smallest } from './lots.js';
import type { MarketRules } from './market-rules.js';

/** What to order: base units, or quote units that the venue turns into base units itself. */
export type SizedOrder = { readonly amount: Decimal } | { readonly quoteAmount: Decimal };
export type SizingRefusal = { readonly reason: string; readonly message: string };
export type Sized = { readonly ok: true; readonly order: SizedOrder } | ({ readonly ok: false } & SizingRefusal);

export type SizeRequest = {
  readonly sizing: { readonly mode: string; readonly value?: Decimal | undefined };
  readonly alertQuantity?: Decimal | undefined;
  readonly rules: MarketRules;
  /** Quote units per base unit, at most 2 s old; where none is needed, the venue checks the order's value itself without one. */
  readonly price?: Decimal | undefined;
};

const refuse = (reason: string, message: string): Sized => ({ ok: false, reason, message });

const checkNotional = (value: Decimal, { notional, quoteAsset, symbol }: MarketRules): Sized | undefined => {
  if (notional.min !== undefined && compare(value, notional.min) < 0) {
    return refuse(
      'sizing.below_minimum_notional',
      `An order worth ${value} ${quoteAsset} is below the exchange's minimum of ${notional.min} ${quoteAsset} on ${symbol}; follow with a larger size.`,
    );
  }
  if (notional.max !== undefined && compare(value, notional.max) > 0) {
    return refuse(
      'sizing.above_maximum_notional',
      `An order worth ${value} ${quoteAsset} is above the exchange's maximum of ${notional.max} ${quoteAsset} on ${symbol}; follow with a smaller size.`,
    );
  }
  return undefined;
};

const sizeBase = (wanted: Decimal, { rules, price }: SizeRequest): Sized => {
  const { symbol, baseAsset, lots } = rules;
  const amount = roundDown(wanted, lots);
  const min = largest(lots.map((lot) => lot.min));
  const max = smallest(lots.map((lot) => lot.max));
  const least = min ?? largest(lots.map((lot) => lot.step));
  if (!isPositive(amount) || (min !== undefined && compare(amount, min) < 0)) {
    const needed = least === undefined ? 'more than nothing' : `at least ${least} ${baseAsset}`;
    return refuse(
      'sizing.below_minimum_quantity',
      `${wanted} ${baseAsset} leaves nothing to order on ${symbol}: the exchange takes ${needed}.`,
    );
  }
  if (max !== undefined && compare(amount, max) > 0) {
    return refuse(
      'sizing.above_maximum_quantity',
      `${amount} ${baseAsset} is above the exchange's maximum of ${max} ${baseAsset} for a market order on ${symbol}.`,
    );
  }
  return (price === undefined ? undefined : checkNotional(multiply(amount, price), rules)) ?? { ok: true, order: { amount } };
};

/** True where an amount to spend has to be turned into base units by us: without a price there is nothing to order. */
export const needsPrice = ({ sizing, rules }: Pick<SizeRequest, 'sizing' | 'rules'>): boolean =>
  sizing.mode === 'quote_amount' && !rules.takesQuoteAmount;

const sizeQuote = (wanted: Decimal, request: SizeRequest): Sized => {
  const { rules, price } = request;
  if (!rules.takesQuoteAmount) {
    return price === undefined || !isPositive(price)
      ? refuse(
          'sizing.price_unknown',
          `The exchange told no price of ${rules.symbol}, so ${wanted} ${rules.quoteAsset} cannot be sized.`,
        )
      : sizeBase(divide(wanted, price), request);
  }
  const quoteAmount = decimal(toFixedPlaces(wanted, rules.quotePlaces));
  if (!isPositive(quoteAmount))
    return refuse(
      'sizing.not_positive',
      `${wanted} ${rules.quoteAsset} leaves nothing to order; follow with an amount above zero.`,
    );
  return checkNotional(quoteAmount, rules) ?? { ok: true, order: { quoteAmount } };
};

/**
 * How much one follower orders for one action of an alert. Rounds down only; where nothing is left it says what the minimum would be.
 *
 * @returns base units, or quote units where the market takes them as they are: the venue then finds the quantity and keeps its own lot size
 */
export const sizeOrder = (request: SizeRequest): Sized => {
  const { sizing, alertQuantity, rules } = request;
  if (!rules.trading)
    return refuse('market.not_trading', `${rules.symbol} takes no orders at the exchange now; the signal was not traded.`);
  const mode = sizing.mode as SizingModeName;
  switch (mode) {
    case 'alert':
      return alertQuantity === undefined
        ? refuse(
            'sizing.quantity_missing',
            'The alert names no quantity; add "quantity" to its message, or follow with an amount of your own.',
          )
        : sizeBase(alertQuantity, request);
    case 'base_amount':
    case 'quote_amount': {
      if (sizing.value === undefined)
        return refuse('sizing.value_missing', `Sizing "${mode}" needs a value; set the following again.`);
      return mode === 'base_amount' ? sizeBase(sizing.value, request) : sizeQuote(sizing.value, request);
    }
    default:
      return refuse(
        'sizing.not_supported',
        `Sizing "${String(mode)}" is not supported yet; use ${supportedSizingModes.join(', ')}.`,
      );
  }
};
