import type { SimClock } from '../core/clock.js';
import { createFixedWindow, type FixedWindow } from '../core/fixed-window.js';
import type { ApiKey } from '../core/names.js';
import type { OrderLimits } from './ip-limits.js';
import { refuse } from './refusal.js';

const tenSecondsMs = 10_000;
const dayMs = 86_400_000;
// A fill as taker gives one slot back, a first fill as maker five (the FAQ's example; the exact rule is not published).
const makerSlots = 5;

/**
 * Unfilled orders per account: an accepted order takes a slot, its first fill gives slots back, an end without a fill does not.
 *
 * @see Binance Spot API FAQ, "Spot Unfilled Order Count Rules"
 */
export type OrderCounts = {
  /** @throws {BinanceRefusal} -1015, HTTP 429 */
  readonly check: (apiKey: ApiKey) => void;
  readonly accepted: (apiKey: ApiKey) => void;
  readonly firstFill: (apiKey: ApiKey, maker: boolean) => void;
  readonly headers: (apiKey: ApiKey) => Readonly<Record<string, string>>;
  readonly view: (apiKey: ApiKey) => readonly {
    readonly interval: 'SECOND' | 'DAY';
    readonly intervalNum: number;
    readonly limit: number;
    readonly count: number;
  }[];
};

export const createOrderCounts = (clock: Pick<SimClock, 'now'>, limits: OrderLimits): OrderCounts => {
  const counts = new Map<ApiKey, { readonly short: FixedWindow; readonly day: FixedWindow }>();
  const of = (apiKey: ApiKey) => {
    const known = counts.get(apiKey) ?? { short: createFixedWindow(clock, tenSecondsMs), day: createFixedWindow(clock, dayMs) };
    counts.set(apiKey, known);
    return known;
  };
  const add = (apiKey: ApiKey, slots: number): void => {
    const { short, day } = of(apiKey);
    short.add(slots);
    day.add(slots);
  };
  const retryAfter = (window: FixedWindow): number => Math.max(1, Math.ceil(window.msToReset() / 1_000));

  return {
    check: (apiKey) => {
      const { short, day } = of(apiKey);
      if (day.used() >= limits.perDay) throw refuse.tooManyOrders(limits.perDay, '1 DAY', retryAfter(day));
      if (short.used() >= limits.per10Seconds) throw refuse.tooManyOrders(limits.per10Seconds, '10 SECOND', retryAfter(short));
    },
    accepted: (apiKey) => add(apiKey, 1),
    firstFill: (apiKey, maker) => add(apiKey, maker ? -makerSlots : -1),
    headers: (apiKey) => ({
      'x-mbx-order-count-10s': String(of(apiKey).short.used()),
      'x-mbx-order-count-1d': String(of(apiKey).day.used()),
    }),
    view: (apiKey) => [
      { interval: 'SECOND', intervalNum: 10, limit: limits.per10Seconds, count: of(apiKey).short.used() },
      { interval: 'DAY', intervalNum: 1, limit: limits.perDay, count: of(apiKey).day.used() },
    ],
  };
};
