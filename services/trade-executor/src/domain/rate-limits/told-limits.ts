import type { RateWindow } from './bucket.js';
import { dayMs, orderWindow, weightWindow, type HostLimits } from './host-limits.js';

/** A limit as Binance's `exchangeInfo` words it. */
export type ToldLimit = {
  readonly rateLimitType: string;
  readonly interval: string;
  readonly intervalNum: number;
  readonly limit: number;
};

const lengths: Readonly<Record<string, number>> = { SECOND: 1_000, MINUTE: 60_000, HOUR: 3_600_000, DAY: 86_400_000 };
/** A longer window as a bucket would slow down what the shorter ones allow; its count is watched instead. */
const longestBucketMs = 300_000;

const allOf = (told: readonly ToldLimit[], type: string): readonly RateWindow[] =>
  told.flatMap(({ rateLimitType, interval, intervalNum, limit }) => {
    const unitMs = lengths[interval];
    if (rateLimitType !== type || unitMs === undefined) return [];
    return limit >= 1 && intervalNum >= 1 ? [{ limit, windowMs: unitMs * intervalNum }] : [];
  });
const windowsOf = (told: readonly ToldLimit[], type: string): readonly RateWindow[] =>
  allOf(told, type).filter(({ windowMs }) => windowMs <= longestBucketMs);

/** The host's limits with the numbers that the venue told; what it did not tell stays as documented. */
export const withTold = (host: HostLimits, told: readonly ToldLimit[]): HostLimits => {
  const [weight] = windowsOf(told, 'REQUEST_WEIGHT');
  const [raw] = windowsOf(told, 'RAW_REQUESTS');
  const orders = windowsOf(told, 'ORDERS');
  const perDay = allOf(told, 'ORDERS').find(({ windowMs }) => windowMs === dayMs)?.limit;
  return {
    ...host,
    address: {
      ...host.address,
      ...(weight && { [weightWindow]: weight }),
      ...(raw && host.address['raw'] && { raw }),
    },
    ...(perDay !== undefined && { ordersPerDay: perDay }),
    account: { ...host.account, ...(orders.length > 0 && { [orderWindow]: orders }) },
  };
};
