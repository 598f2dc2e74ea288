import { isDollar, type TradingEnvironment } from '@latchkey/contracts';
import {
  absolute,
  compare,
  decimal,
  isPositive,
  isZero,
  negate,
  sum,
  zero,
  type Decimal,
  type StrategyId,
} from '@latchkey/kernel';

/** Whose it is: what is on paper, or on a testnet, is never added to what is not. */
type Belonging = { readonly environment: TradingEnvironment; readonly strategyId: StrategyId };

/** One position of a user, as the record has it; or what may become one. */
export type Held = Belonging & {
  /** Account, market and symbol, e.g. `binance/live/spot/BTCUSDT`. */
  readonly market: string;
  readonly quoteAsset: string | undefined;
  /** Base units, below zero where it was sold. */
  readonly quantity: Decimal;
  /** Quote units that it cost; below zero where it was sold. */
  readonly cost: Decimal;
};

/** An opening that may be executed and is not known to be: its outcome is open, or it ended without proof. */
export type Pending = Belonging & {
  readonly tradeId: string;
  readonly market: string;
  readonly quoteAsset: string | undefined;
  /** Quote units of what is not known to be executed; undefined where the order's value was not recorded. */
  readonly value: Decimal | undefined;
};

export type Realised = Belonging & {
  /** UTC, by the venue's time. */
  readonly day: string;
  readonly quoteAsset: string | undefined;
  readonly amount: Decimal;
};

/** What a user's limits are held against, over all strategies; funds of different users are never added. */
export type Standing = {
  readonly held: readonly Held[];
  readonly pending: readonly Pending[];
  readonly realised: readonly Realised[];
  /** The last close of each strategy that made a loss: milliseconds of the venue's clock. */
  readonly lostAt: readonly (Belonging & { readonly at: number })[];
};
export const noStanding: Standing = { held: [], pending: [], realised: [], lostAt: [] };

const partOf = ({ held, pending, realised, lostAt }: Standing, isOf: (one: Belonging) => boolean): Standing => ({
  held: held.filter(isOf),
  pending: pending.filter(isOf),
  realised: realised.filter(isOf),
  lostAt: lostAt.filter(isOf),
});
/** The part that concerns one strategy. */
export const ofStrategy = (all: Standing, strategyId: StrategyId): Standing =>
  partOf(all, (one) => one.strategyId === strategyId);
/** The part that is as real as an order there. */
export const ofEnvironment = (all: Standing, environment: TradingEnvironment): Standing =>
  partOf(all, (one) => one.environment === environment);

/** Fees and lot sizes leave crumbs that nobody can sell: worth less than a dollar, they are no position. */
const crumb = decimal('1');
const isPosition = ({ quantity, cost, quoteAsset }: Held): boolean =>
  !isZero(quantity) && !(isDollar(quoteAsset) && compare(absolute(cost), crumb) < 0);

const keyOf = ({ strategyId, market }: { readonly strategyId: StrategyId; readonly market: string }): string =>
  `${strategyId}/${market}`;

/** Positions that are open, or may be. */
export const openPositions = ({ held, pending }: Standing): ReadonlySet<string> =>
  new Set([...held.filter(isPosition), ...pending].map(keyOf));
export const positionKey = keyOf;

/** Dollars at stake: what positions cost, and what may still be executed. Undefined: nobody knows what an order is worth. */
export const exposureOf = ({ held, pending }: Standing): Decimal | undefined => {
  const values = pending.filter(({ quoteAsset }) => quoteAsset === undefined || isDollar(quoteAsset)).map(({ value }) => value);
  if (values.includes(undefined)) return undefined;
  const costs = held.filter(({ quoteAsset }) => isDollar(quoteAsset)).map(({ cost }) => absolute(cost));
  return sum([...costs, ...values.map((value) => value ?? zero)]);
};

/** Dollars that were lost on a day; none where something was gained. */
export const lossOf = ({ realised }: Standing, day: string): Decimal => {
  const made = sum(realised.filter((one) => one.day === day && isDollar(one.quoteAsset)).map(({ amount }) => amount));
  return isPositive(made) ? zero : negate(made);
};
