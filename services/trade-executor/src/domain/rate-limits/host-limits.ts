import type { ExchangeName, MarketType } from '@latchkey/contracts';
import type { RateWindow } from './bucket.js';

/** What counts requests together: a host of a venue. Binance's futures have one of their own. */
export type HostName = 'binance' | 'binance-usdm' | 'bybit';

/** What one request uses up. */
export type Cost = {
  /** Weight by window of the address it leaves from. */
  readonly address: Readonly<Record<string, number>>;
  /** The window of its account in which it counts as one. */
  readonly account?: string;
  /** The venue gives the weight back when it succeeded. */
  readonly givenBack?: true;
};

export type HostLimits = {
  readonly address: Readonly<Record<string, RateWindow>>;
  /** Several windows may count the same requests of an account. */
  readonly account: Readonly<Record<string, readonly RateWindow[]>>;
  /** Orders of an account in a day of the calendar: watched by the venue's count, because as a bucket it would slow down the shorter windows. */
  readonly ordersPerDay?: number;
  readonly costs: Readonly<Record<string, Cost>>;
};

const secondMs = 1_000;
const minuteMs = 60_000;
export const dayMs = 86_400_000;

/** The names that the venues' figures have here; `exchangeInfo` and headers renew the numbers. */
export const weightWindow = 'weight';
export const orderWindow = 'orders';

/** Since April 2026 a spot order costs nothing once it succeeded; until then it holds a weight of 1. */
const spot = {
  address: {
    [weightWindow]: { limit: 6_000, windowMs: minuteMs },
    raw: { limit: 300_000, windowMs: 5 * minuteMs },
    wallet: { limit: 12_000, windowMs: minuteMs },
  },
  ordersPerDay: 200_000,
  account: { [orderWindow]: [{ limit: 100, windowMs: 10 * secondMs }] },
  costs: {
    'order.create': { address: { weight: 1, raw: 1 }, account: orderWindow, givenBack: true },
    'order.query': { address: { weight: 4, raw: 1 } },
    'orders.open': { address: { weight: 6, raw: 1 } },
    'orders.open.all': { address: { weight: 80, raw: 1 } },
    'orders.all': { address: { weight: 20, raw: 1 } },
    trades: { address: { weight: 20, raw: 1 } },
    'order.trades': { address: { weight: 5, raw: 1 } },
    account: { address: { weight: 20, raw: 1 } },
    'key.permissions': { address: { wallet: 1, raw: 1 } },
    'stream.key': { address: { weight: 2, raw: 1 } },
    time: { address: { weight: 1, raw: 1 } },
    price: { address: { weight: 2, raw: 1 } },
    markets: { address: { weight: 20, raw: 1 } },
  },
} as const satisfies HostLimits;

const usdm = {
  address: { [weightWindow]: { limit: 2_400, windowMs: minuteMs } },
  account: {
    [orderWindow]: [
      { limit: 300, windowMs: 10 * secondMs },
      { limit: 1_200, windowMs: minuteMs },
    ],
  },
  costs: {
    'order.create': { address: { weight: 0 }, account: orderWindow },
    'order.query': { address: { weight: 1 } },
    'orders.open': { address: { weight: 1 } },
    'orders.open.all': { address: { weight: 40 } },
    'orders.all': { address: { weight: 5 } },
    trades: { address: { weight: 5 } },
    'order.trades': { address: { weight: 5 } },
    account: { address: { weight: 5 } },
    positions: { address: { weight: 5 } },
    'account.settings': { address: { weight: 5 } },
    'leverage.set': { address: { weight: 1 } },
    'leverage.brackets': { address: { weight: 1 } },
    'stream.key': { address: { weight: 1 } },
    time: { address: { weight: 1 } },
    price: { address: { weight: 1 } },
    markets: { address: { weight: 1 } },
  },
} as const satisfies HostLimits;

const perSecond = (limit: number): readonly RateWindow[] => [{ limit, windowMs: secondMs }];
const one = { address: { requests: 1 } } as const;

/** Every request counts for the address; each endpoint counts for itself per account. Without a documented row: 10 a second. */
const bybit = {
  address: { requests: { limit: 600, windowMs: 5 * secondMs } },
  account: {
    'create.spot': perSecond(20),
    'create.linear': perSecond(10),
    realtime: perSecond(50),
    history: perSecond(50),
    executions: perSecond(50),
    positions: perSecond(50),
    wallet: perSecond(50),
    info: perSecond(50),
    leverage: perSecond(10),
    key: perSecond(10),
  },
  costs: {
    'order.create.spot': { ...one, account: 'create.spot' },
    'order.create.linear': { ...one, account: 'create.linear' },
    'order.query': { ...one, account: 'realtime' },
    'order.history': { ...one, account: 'history' },
    'order.trades': { ...one, account: 'executions' },
    'orders.open': { ...one, account: 'realtime' },
    'orders.all': { ...one, account: 'history' },
    trades: { ...one, account: 'executions' },
    positions: { ...one, account: 'positions' },
    account: { ...one, account: 'wallet' },
    'account.settings': { ...one, account: 'info' },
    'leverage.set': { ...one, account: 'leverage' },
    'key.permissions': { ...one, account: 'key' },
    time: one,
    price: one,
    markets: one,
  },
} as const satisfies HostLimits;

type Costs = typeof spot.costs & typeof usdm.costs & typeof bybit.costs;
/** A request by what it is for; which of them a host has stands in its table. */
export type Endpoint = keyof Costs;

/**
 * What the venues' documentation says; where a venue tells its figures itself, those are used.
 *
 * @see exchange-facts.md 3.7 and 4.7
 */
export const documentedLimits: Readonly<Record<HostName, HostLimits>> = { binance: spot, 'binance-usdm': usdm, bybit };

/** Where a market's requests count, and by what name its orders do. */
export const hostOf = (exchange: ExchangeName, marketType: MarketType): HostName => {
  if (exchange === 'bybit') return 'bybit';
  return marketType === 'linear' ? 'binance-usdm' : 'binance';
};
export const orderEndpoint = (exchange: ExchangeName, marketType: MarketType): Endpoint =>
  exchange === 'bybit' ? `order.create.${marketType}` : 'order.create';
