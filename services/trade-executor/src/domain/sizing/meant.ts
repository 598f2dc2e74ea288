import { absolute, add, decimal, divide, isPositive, isZero, multiply, zero, type Decimal } from '@latchkey/kernel';
import { riskOf, sizeByRisk, type RiskedSize } from './size-by-risk.js';
import type { Meant, SizeRequest, SizingRefusal } from './size-request.js';
import { modeOf, supportedSizingModes } from './sizing-modes.js';

const refuse = (reason: string, message: string): SizingRefusal => ({ reason, message });
const one = decimal('1');
const hundred = decimal('100');

const priceUnknown = ({ rules: { symbol } }: SizeRequest): SizingRefusal =>
  refuse('sizing.price_unknown', `The exchange told no price of ${symbol}, so the order cannot be sized.`);
const balanceUnknown = ({ rules: { symbol } }: SizeRequest): SizingRefusal =>
  refuse('sizing.balance_unknown', `The exchange did not tell what the account has for ${symbol}, so the order cannot be sized.`);
const valueMissing = ({ sizing: { mode } }: SizeRequest): SizingRefusal =>
  refuse('sizing.value_missing', `Sizing "${mode}" needs a value; set the following again.`);

const quantityMissing = refuse(
  'sizing.quantity_missing',
  'The alert names no quantity; add "quantity" to its message, or follow with an amount of your own.',
);

const amountOf = (unit: Meant['unit'], amount: Decimal, { rules }: SizeRequest): Meant => ({
  unit,
  amount,
  perValue: one,
  valueUnit: unit === 'base' ? rules.baseAsset : rules.quoteAsset,
});

const percentOf = (unit: Meant['unit'], percent: Decimal, whole: Decimal): Meant => ({
  unit,
  amount: divide(multiply(whole, percent), hundred),
  perValue: divide(whole, hundred),
  valueUnit: '%',
});

/** On spot what the account has of the two assets that the symbol trades, in quote units; on linear its margin balance. */
const equityOf = (request: SizeRequest): Decimal | SizingRefusal => {
  const { marketType, price, balances: { base, quote } = {} } = request;
  if (!quote) return balanceUnknown(request);
  if (marketType === 'linear') return quote.total;
  if (!base) return balanceUnknown(request);
  return price === undefined ? priceUnknown(request) : add(quote.total, multiply(base.total, price));
};

const byEquity = (percent: Decimal, request: SizeRequest): Meant | SizingRefusal => {
  const equity = equityOf(request);
  if (typeof equity === 'object') return equity;
  const { baseAsset, quoteAsset } = request.rules;
  const assets = request.marketType === 'linear' ? quoteAsset : `${quoteAsset} and no ${baseAsset}`;
  return isPositive(equity)
    ? percentOf('quote', percent, equity)
    : refuse('sizing.no_balance', `The account has no ${assets}, so ${percent} % of its equity is nothing.`);
};

/** What the order can pay for: on a linear market the margin times the leverage that it is traded at. */
const payable = ({ marketType, leverage = 1 }: SizeRequest, free: Decimal): Decimal =>
  marketType === 'linear' ? multiply(free, decimal(String(leverage))) : free;

/** What the order spends: the quote asset, or on spot the base asset that a sell gives away. */
const byFree = (percent: Decimal, request: SizeRequest): Meant | SizingRefusal => {
  const { marketType, side, balances, rules } = request;
  const unit = marketType === 'spot' && side === 'sell' ? 'base' : 'quote';
  const balance = balances?.[unit];
  if (!balance) return balanceUnknown(request);
  const { free } = balance;
  const asset = unit === 'base' ? rules.baseAsset : rules.quoteAsset;
  return isPositive(free)
    ? percentOf(unit, percent, payable(request, free))
    : refuse('sizing.no_balance', `The account has no ${asset} free, so ${percent} % of it is nothing.`);
};

const byPosition = (percent: Decimal, { owned, rules: { symbol } }: SizeRequest): Meant | SizingRefusal =>
  owned === undefined || isZero(owned)
    ? refuse(
        'sizing.nothing_owned',
        `The strategy owns nothing on ${symbol} by trades that were made here, so ${percent} % of its position is nothing; open one with another sizing first.`,
      )
    : percentOf('base', percent, absolute(owned));

const riskRefusals: Readonly<Record<Extract<RiskedSize, { ok: false }>['why'], string>> = {
  no_distance: 'the stop is at the price itself',
  wrong_side: 'the stop is on the side where the order would win',
  nothing_free: 'nothing is free to pay for it',
};

const byRisk = (value: Decimal, request: SizeRequest): Meant | SizingRefusal => {
  const { sizing, side, price, stop, balances, rules } = request;
  if (stop === undefined)
    return refuse(
      'sizing.stop_missing',
      `Sizing "${sizing.mode}" needs a stop, and the alert names none; add one to its message.`,
    );
  if (price === undefined || !isPositive(price)) return priceUnknown(request);
  const equity = equityOf(request);
  if (typeof equity === 'object') return equity;
  const free = payable(request, balances?.quote?.free ?? zero);
  const risk = sizing.mode === 'risk_percent' ? riskOf(value, equity) : value;
  const sized = sizeByRisk({ side, risk, price, stop, free });
  return sized.ok
    ? amountOf('base', sized.amount, request)
    : refuse(
        'sizing.stop_unusable',
        `The order cannot be sized by its risk: ${riskRefusals[sized.why]} (${stop} ${rules.quoteAsset}).`,
      );
};

/** What a follower's setting comes to for this order, before the venue's rules; or why it comes to nothing. */
export const meantBy = (request: SizeRequest): Meant | SizingRefusal => {
  const { sizing, alertQuantity } = request;
  const isAlerts = sizing.mode === 'alert';
  const value = isAlerts ? alertQuantity : sizing.value;
  if (value === undefined) return isAlerts ? quantityMissing : valueMissing(request);
  const mode = modeOf(request);
  switch (mode) {
    case 'base_amount':
      return amountOf('base', value, request);
    case 'quote_amount':
      return amountOf('quote', value, request);
    case 'equity_percent':
      return byEquity(value, request);
    case 'free_percent':
      return byFree(value, request);
    case 'position_percent':
      return byPosition(value, request);
    case 'risk_amount':
    case 'risk_percent':
      return byRisk(value, request);
    default:
      return refuse('sizing.not_supported', `Sizing "${mode}" is not supported; use ${supportedSizingModes.join(', ')}.`);
  }
};
