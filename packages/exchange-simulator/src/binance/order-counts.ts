import type { SimClock } from '../core/clock.js';
import { createFixedWindow, type FixedWindow } from '../core/fixed-window.js';
import type { ApiKey } from '../core/names.js';
import type { OrderLimits, UsdmOrderLimits } from './ip-limits.js';
import { refuse } from './refusal.js';

const secondMs = 1_000;
const minuteMs = 60_000;
const dayMs = 86_400_000;
// A fill as taker gives one slot back, a first fill as maker five (the FAQ's example; the exact rule is not published).
const makerSlots = 5;

/** A limit as `exchangeInfo` words it, and the header that tells how much of it is used. */
export type OrderWindow = {
  readonly interval: 'SECOND' | 'MINUTE' | 'DAY';
  readonly intervalNum: number;
  readonly limit: number;
  readonly ms: number;
  readonly header: string;
};

const tenSeconds = (limit: number): OrderWindow => ({
  interval: 'SECOND',
  intervalNum: 10,
  limit,
  ms: 10 * secondMs,
  header: 'x-mbx-order-count-10s',
});

export const spotWindows = ({ per10Seconds, perDay }: OrderLimits): readonly OrderWindow[] => [
  tenSeconds(per10Seconds),
  { interval: 'DAY', intervalNum: 1, limit: perDay, ms: dayMs, header: 'x-mbx-order-count-1d' },
];
export const usdmWindows = ({ per10Seconds, perMinute }: UsdmOrderLimits): readonly OrderWindow[] => [
  tenSeconds(per10Seconds),
  { interval: 'MINUTE', intervalNum: 1, limit: perMinute, ms: minuteMs, header: 'x-mbx-order-count-1m' },
];

/**
 * Orders per account. Spot counts unfilled ones: an accepted order takes a slot, its first fill gives slots back, an end without a fill
 * does not. Futures never tell of fills here, so every accepted order stays counted.
 *
 * @see Binance Spot API FAQ, "Spot Unfilled Order Count Rules"
 */
export type OrderCounts = {
  /** @throws {BinanceRefusal} -1015, HTTP 429 */
  readonly check: (apiKey: ApiKey) => void;
  readonly accepted: (apiKey: ApiKey) => void;
  readonly firstFill: (apiKey: ApiKey, maker: boolean) => void;
  readonly headers: (apiKey: ApiKey) => Readonly<Record<string, string>>;
  readonly view: (apiKey: ApiKey) => readonly (Pick<OrderWindow, 'interval' | 'intervalNum' | 'limit'> & {
    readonly count: number;
  })[];
};

type Counted = OrderWindow & { readonly window: FixedWindow };

export const createOrderCounts = (clock: Pick<SimClock, 'now'>, windows: readonly OrderWindow[]): OrderCounts => {
  const counts = new Map<ApiKey, readonly Counted[]>();
  const of = (apiKey: ApiKey): readonly Counted[] => {
    const known = counts.get(apiKey) ?? windows.map((about) => ({ ...about, window: createFixedWindow(clock, about.ms) }));
    counts.set(apiKey, known);
    return known;
  };
  const add = (apiKey: ApiKey, slots: number): void => {
    for (const { window } of of(apiKey)) window.add(slots);
  };

  return {
    check: (apiKey) => {
      // The longest wait is told first.
      for (const { window, limit, interval, intervalNum } of of(apiKey).toReversed()) {
        const retryAfter = Math.max(1, Math.ceil(window.msToReset() / secondMs));
        if (window.used() >= limit) throw refuse.tooManyOrders(limit, `${intervalNum} ${interval}`, retryAfter);
      }
    },
    accepted: (apiKey) => add(apiKey, 1),
    firstFill: (apiKey, maker) => add(apiKey, maker ? -makerSlots : -1),
    headers: (apiKey) => Object.fromEntries(of(apiKey).map(({ header, window }) => [header, String(window.used())])),
    view: (apiKey) =>
      of(apiKey).map(({ interval, intervalNum, limit, window }) => ({ interval, intervalNum, limit, count: window.used() })),
  };
};
