import type { ExchangeName, MarketType } from '@latchkey/contracts';
import {
  absolute,
  add,
  compare,
  decimal,
  divide,
  isPositive,
  isZero,
  lesser,
  multiply,
  negate,
  subtract,
  sum,
  zero,
  type Decimal,
} from '@latchkey/kernel';
import { roundDown } from '../sizing/lots.js';
import type { MarketRules } from '../sizing/market-rules.js';
import type { OrderDraft } from '../trade/commands.js';
import type { Refusal } from '../trade/events.js';

/** A position in one contract; short below zero. */
export type PaperPosition = { readonly quantity: Decimal; readonly entryPrice: Decimal };

/** What a paper account has at one market of an exchange. */
export type PaperAccount = {
  /** By asset; what is not named is not held. */
  readonly balances: ReadonlyMap<string, Decimal>;
  /** By symbol; contracts only, none of them empty. */
  readonly positions: ReadonlyMap<string, PaperPosition>;
};

export type PaperFill = {
  readonly side: 'buy' | 'sell';
  /** Base units. */
  readonly amount: Decimal;
  readonly price: Decimal;
  readonly fee: Decimal;
  readonly feeAsset: string;
};

export type PaperOutcome =
  | { readonly ok: true; readonly fill: PaperFill; readonly after: PaperAccount }
  | ({ readonly ok: false } & Refusal);

export type PaperOrder = {
  readonly exchange: ExchangeName;
  readonly marketType: MarketType;
  readonly order: OrderDraft;
  readonly rules: MarketRules;
  /** The exchange's public price, which the whole order is filled at. */
  readonly price: Decimal;
  readonly account: PaperAccount;
};

/** What takers pay without any discount, as both exchanges document it. */
const feeRates: Readonly<Record<ExchangeName, Readonly<Record<MarketType, Decimal>>>> = {
  binance: { spot: decimal('0.001'), linear: decimal('0.0005') },
  bybit: { spot: decimal('0.001'), linear: decimal('0.00055') },
};
/** Of contracts: the notional of all positions may be so many times what the account is worth. */
export const paperLeverage = decimal('10');

const refuse = (reason: string, message: string): PaperOutcome => ({ ok: false, reason, message });
const tooSmall = (asset: string, needed: Decimal, free: Decimal): PaperOutcome =>
  refuse('venue.insufficient_balance', `The paper account has ${free} ${asset} free, and the order needs ${needed}.`);

const balanceOf = ({ balances }: PaperAccount, asset: string): Decimal => balances.get(asset) ?? zero;
const withBalance = (account: PaperAccount, asset: string, change: Decimal): PaperAccount => ({
  ...account,
  balances: new Map([...account.balances, [asset, add(balanceOf(account, asset), change)]]),
});

const amountOf = ({ order, rules, price }: PaperOrder): Decimal =>
  roundDown(order.amount ?? divide(order.quoteAmount ?? zero, price), rules.lots);

const onSpot = (of: PaperOrder, amount: Decimal): PaperOutcome => {
  const { order, rules, price, account, exchange } = of;
  const { baseAsset, quoteAsset } = rules;
  const cost = multiply(amount, price);
  const rate = feeRates[exchange].spot;
  const [given, needed] = order.side === 'buy' ? [quoteAsset, cost] : [baseAsset, amount];
  const free = balanceOf(account, given);
  if (compare(free, needed) < 0) return tooSmall(given, needed, free);
  // Both exchanges take their fee from what is received.
  const [received, got] = order.side === 'buy' ? [baseAsset, amount] : [quoteAsset, cost];
  const fee = multiply(got, rate);
  const after = withBalance(withBalance(account, given, negate(needed)), received, subtract(got, fee));
  return { ok: true, fill: { side: order.side, amount, price, fee, feeAsset: received }, after };
};

/** What of a fill closes the position, and what it opens: past nothing the rest begins a new one at its own price. */
const moved = (before: PaperPosition, change: Decimal, price: Decimal) => {
  const opposite = isPositive(before.quantity) !== isPositive(change) && !isZero(before.quantity);
  const closing = opposite ? lesser(absolute(before.quantity), absolute(change)) : zero;
  const direction = isPositive(before.quantity) ? closing : negate(closing);
  const quantity = add(before.quantity, change);
  const turned = opposite && compare(absolute(change), absolute(before.quantity)) > 0;
  const value = add(multiply(before.quantity, before.entryPrice), multiply(change, price));
  const entryPrice = turned ? price : opposite || isZero(quantity) ? before.entryPrice : divide(value, quantity);
  return { position: { quantity, entryPrice }, result: multiply(direction, subtract(price, before.entryPrice)) };
};

/** What all positions were opened at, in quote units. */
export const notionalOf = ({ positions }: PaperAccount): Decimal =>
  sum([...positions.values()].map(({ quantity, entryPrice }) => absolute(multiply(quantity, entryPrice))));

const onContracts = (of: PaperOrder, wanted: Decimal): PaperOutcome => {
  const { order, rules, price, account, exchange } = of;
  const { symbol, quoteAsset } = rules;
  const before = account.positions.get(symbol) ?? { quantity: zero, entryPrice: zero };
  const reducible = (order.side === 'sell') === isPositive(before.quantity) ? absolute(before.quantity) : zero;
  const amount = order.reduceOnly ? lesser(wanted, reducible) : wanted;
  if (!isPositive(amount))
    return refuse(
      'venue.nothing_to_reduce',
      'The order may only make a position smaller, and the paper account holds none on that side.',
    );
  const { position, result } = moved(before, order.side === 'buy' ? amount : negate(amount), price);
  const fee = multiply(multiply(amount, price), feeRates[exchange].linear);
  const positions = new Map(account.positions);
  positions.delete(symbol);
  if (!isZero(position.quantity)) positions.set(symbol, position);
  const after = withBalance({ ...account, positions }, quoteAsset, subtract(result, fee));
  const worth = balanceOf(after, quoteAsset);
  const grows = compare(absolute(position.quantity), absolute(before.quantity)) > 0;
  if (grows && compare(notionalOf(after), multiply(worth, paperLeverage)) > 0)
    return refuse(
      'venue.insufficient_margin',
      `The paper account is worth ${worth} ${quoteAsset}; its positions may be worth ${paperLeverage} times that.`,
    );
  return { ok: true, fill: { side: order.side, amount, price, fee, feeAsset: quoteAsset }, after };
};

/**
 * What a paper account's market order comes to: all of it at the exchange's public price, with the fee that takers pay, or the refusal that the
 * exchange would have for it. There is no order book: nothing is filled in part, and nobody moves the price.
 */
export const fillOnPaper = (of: PaperOrder): PaperOutcome => {
  const amount = amountOf(of);
  if (!isPositive(amount))
    return refuse('venue.order_invalid', `${of.rules.symbol} takes no order as small as that at the price of now.`);
  return of.marketType === 'spot' ? onSpot(of, amount) : onContracts(of, amount);
};
