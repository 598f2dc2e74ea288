import { isDollar, weekDays, type HaltScope, type Limits, type TradingWindow } from '@latchkey/contracts';
import { add, compare, type Decimal } from '@latchkey/kernel';
import type { Refusal, TradeRequest } from '../trade/events.js';
import { exposureOf, lossOf, ofEnvironment, ofStrategy, openPositions, positionKey, type Standing } from './standing.js';

/** What is to be opened, and when by the venue's clock. */
export type Opening = Pick<
  TradeRequest,
  'tradeId' | 'userId' | 'strategyId' | 'exchange' | 'environment' | 'marketType' | 'symbol'
> & {
  readonly at: number;
  readonly quoteAsset: string | undefined;
  /** Quote units; undefined where no price was told. */
  readonly value: Decimal | undefined;
};

export const marketOf = ({ exchange, environment, marketType, symbol }: Omit<Opening, 'at' | 'quoteAsset' | 'value'>): string =>
  [exchange, environment, marketType, symbol].join('/');

const whose: Readonly<Record<HaltScope, string>> = {
  user: 'your limit',
  strategy: "the strategy's limit",
  platform: 'the limit of this platform',
};
const remedies: Readonly<Record<HaltScope, string>> = {
  user: 'PUT /api/risk-limits changes it, or lifts it with null.',
  strategy: "The strategy's owner has set it.",
  platform: 'Its operators have set it.',
};

type Asked = { readonly opening: Opening; readonly scope: HaltScope; readonly limits: Limits; readonly standing: Standing };
type Rule = (of: Asked) => Refusal | undefined;

const refuse = (scope: HaltScope, reason: string, what: string): Refusal => ({
  reason: `risk.${reason}`,
  message: `${what} ${remedies[scope]}`.slice(0, 500),
});

const symbolListed: Rule = ({ opening: { symbol }, scope, limits: { symbols } }) => {
  if (symbols === null || symbols.includes(symbol)) return undefined;
  return scope === 'user'
    ? {
        reason: 'risk.symbol_not_listed',
        message: `${symbol} is not on your list of symbols; PUT /api/risk-limits adds it, or lifts the list with null.`,
      }
    : refuse(
        scope,
        'symbol_not_listed',
        `${symbol} is not on the list of symbols of ${scope === 'platform' ? 'this platform' : 'the strategy'}.`,
      );
};

const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
const isWithin = (at: number, { days, from, to }: TradingWindow): boolean => {
  const date = new Date(at);
  const day = weekDays[(date.getUTCDay() + 6) % 7];
  const minute = date.getUTCHours() * 60 + date.getUTCMinutes();
  return days.some((one) => one === day) && minute >= minutesOf(from) && minute < minutesOf(to);
};
const inWindow: Rule = ({ opening: { at }, scope, limits: { tradingWindows } }) => {
  if (tradingWindows === null || tradingWindows.some((window) => isWithin(at, window))) return undefined;
  const windows = tradingWindows.map(({ days, from, to }) => `${days.join(' ')} ${from}–${to}`).join(', ');
  return refuse(
    scope,
    'outside_trading_windows',
    `It is ${new Date(at).toISOString().slice(0, 16)} UTC, outside the windows of ${whose[scope]} (${windows.slice(0, 200)}).`,
  );
};

/** Amounts are in dollars: what is quoted in something else cannot be held against them, so it is not opened. */
const inDollars: Rule = ({
  opening: { symbol, quoteAsset, value },
  scope,
  limits: { maxNotional, maxExposure, maxDailyLoss },
}) => {
  if (maxNotional === null && maxExposure === null && maxDailyLoss === null) return undefined;
  if (!isDollar(quoteAsset))
    return refuse(
      scope,
      'quote_not_comparable',
      `${symbol} is not quoted in dollars, and ${whose[scope]} is an amount of dollars.`,
    );
  if (value !== undefined || (maxNotional === null && maxExposure === null)) return undefined;
  return refuse(scope, 'value_unknown', `The exchange told no price, so the order could not be held against ${whose[scope]}.`);
};

const notional: Rule = ({ opening: { value, quoteAsset }, scope, limits: { maxNotional } }) =>
  maxNotional === null || value === undefined || compare(value, maxNotional) <= 0
    ? undefined
    : refuse(
        scope,
        'max_notional',
        `The order is worth ${value} ${quoteAsset}, above ${whose[scope]} of ${maxNotional} for one order.`,
      );

const coolDown: Rule = ({ opening: { at }, scope, limits: { coolDownSeconds }, standing: { lostAt } }) => {
  if (coolDownSeconds === null || lostAt.length === 0) return undefined;
  const last = Math.max(...lostAt.map((one) => one.at));
  const until = last + coolDownSeconds * 1_000;
  return at >= until
    ? undefined
    : refuse(
        scope,
        'cool_down',
        `A close at ${new Date(last).toISOString()} made a loss; ${whose[scope]} of ${coolDownSeconds} s lets nothing be opened before ${new Date(until).toISOString()}.`,
      );
};

const dailyLoss: Rule = ({ opening: { at }, scope, limits: { maxDailyLoss }, standing }) => {
  if (maxDailyLoss === null) return undefined;
  const day = new Date(at).toISOString().slice(0, 10);
  const lost = lossOf(standing, day);
  return compare(lost, maxDailyLoss) < 0
    ? undefined
    : refuse(
        scope,
        'max_daily_loss',
        `${lost} dollars were lost on ${day} (UTC), fees included, and ${whose[scope]} is ${maxDailyLoss} a day. Openings go on at midnight UTC.`,
      );
};

const positions: Rule = ({ opening, scope, limits: { maxOpenPositions }, standing }) => {
  if (maxOpenPositions === null) return undefined;
  const open = openPositions(standing);
  const count = open.size + (open.has(positionKey({ strategyId: opening.strategyId, market: marketOf(opening) })) ? 0 : 1);
  return count <= maxOpenPositions
    ? undefined
    : refuse(
        scope,
        'max_open_positions',
        `${open.size} positions are open or under way, and with this order there would be ${count}; ${whose[scope]} is ${maxOpenPositions}.`,
      );
};

const exposure: Rule = ({ opening: { value }, scope, limits: { maxExposure }, standing }) => {
  if (maxExposure === null || value === undefined) return undefined;
  const at = exposureOf(standing);
  if (at === undefined)
    return refuse(
      scope,
      'value_unknown',
      `An order is under way whose value is not known, so nothing can be held against ${whose[scope]}.`,
    );
  const after = add(at, value);
  return compare(after, maxExposure) <= 0
    ? undefined
    : refuse(
        scope,
        'max_exposure',
        `${at} dollars are in positions and orders under way, and with this order it would be ${after}; ${whose[scope]} is ${maxExposure}.`,
      );
};

const rules: readonly Rule[] = [symbolListed, inWindow, inDollars, notional, coolDown, dailyLoss, positions, exposure];

/** Why limits of a scope do not let this be opened. A strategy's are held against what each follower has by it alone, all others against all they have in that environment. */
export const limitOnOpening = ({ opening, scope, limits, standing: all }: Asked): Refusal | undefined => {
  const there = ofEnvironment(all, opening.environment);
  const standing = scope === 'strategy' ? ofStrategy(there, opening.strategyId) : there;
  for (const rule of rules) {
    const refusal = rule({ opening, scope, limits, standing });
    if (refusal) return refusal;
  }
  return undefined;
};
