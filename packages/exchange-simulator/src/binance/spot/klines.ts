import type { World } from '../../core/world.js';
import { json, type PublicEndpoint } from '../endpoint.js';
import { oneOf } from '../params.js';
import { refuse } from '../refusal.js';
import { amount } from './order-wire.js';
import type { SpotMarkets } from './spot-markets.js';

const minuteMs = 60_000;
const dayMs = 1_440 * minuteMs;
const intervalMs = {
  '1s': 1_000,
  '1m': minuteMs,
  '3m': 3 * minuteMs,
  '5m': 5 * minuteMs,
  '15m': 15 * minuteMs,
  '30m': 30 * minuteMs,
  '1h': 60 * minuteMs,
  '2h': 120 * minuteMs,
  '4h': 240 * minuteMs,
  '6h': 360 * minuteMs,
  '8h': 480 * minuteMs,
  '12h': 720 * minuteMs,
  '1d': dayMs,
  '3d': 3 * dayMs,
  '1w': 7 * dayMs,
  // The venue's months follow the calendar; a flat market looks the same in months of 30 days.
  '1M': 30 * dayMs,
} as const;
type Interval = keyof typeof intervalMs;

const defaultCount = 500;
const maxCount = 1_000;
const none = '0.00000000';

const openTimes = (length: number, limit: number, startMs: number | undefined, endMs: number): readonly number[] => {
  const last = Math.floor(endMs / length) * length;
  const first = startMs === undefined ? last - (limit - 1) * length : Math.ceil(startMs / length) * length;
  const count = Math.max(0, Math.min(limit, (last - first) / length + 1));
  return Array.from({ length: count }, (_, index) => first + index * length);
};

/** `GET /api/v3/klines` and `/uiKlines`: the market stands still, so every candle is flat at today's price and nobody traded in it. */
export const klines = ({ prices }: World, markets: SpotMarkets, path: string): PublicEndpoint => ({
  method: 'GET',
  path,
  security: 'none',
  weight: 2,
  read: (params) => {
    const { symbol } = markets.required(params);
    const interval = oneOf<Interval>(params.required('interval'), Object.keys(intervalMs) as Interval[], refuse.interval);
    const limit = Math.min(params.integer('limit') ?? defaultCount, maxCount);
    const startMs = params.integer('startTime');
    const endMs = params.integer('endTime');
    params.text('timeZone');
    return ({ now }) => {
      const price = amount(prices.of(symbol));
      const length = intervalMs[interval];
      const candle = (at: number) => [at, price, price, price, price, none, at + length - 1, none, 0, none, none, '0'];
      return json(openTimes(length, limit, startMs, Math.min(endMs ?? now(), now())).map(candle));
    };
  },
});
