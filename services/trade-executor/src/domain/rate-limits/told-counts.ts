import { leftBy, type Bucket, type RateWindow } from './bucket.js';
import { dayMs } from './host-limits.js';

/** A venue's count of what is used in a window, and when (its clock) it said so. */
export type ToldCount = { readonly used: number; readonly windowMs: number; readonly venueAt: number };

const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: dayMs };

/** `1m` → 60,000; undefined for a name of no window. */
export const windowNamed = (name: string): number | undefined => {
  const [, count, unit] = /^(\d+)([smhd])$/.exec(name) ?? [];
  const unitMs = units[unit ?? ''];
  return unitMs === undefined ? undefined : Number(count) * unitMs;
};

/** Below this share of a limit, a count changes nothing. */
const worthKnowing = 0.5;

/** True when the count is near enough to the limit to be believed rather than our own sum. */
export const isWorthKnowing = (used: number, { limit }: RateWindow): boolean => used >= limit * worthKnowing;

/** What the count leaves for the bucket at a later moment of the same window; undefined: it says nothing about that moment. */
export const leftNow = (
  { used, windowMs, venueAt }: ToldCount,
  window: RateWindow,
  bucket: Bucket,
  venueNow: number,
): number | undefined => {
  if (windowMs !== window.windowMs) return undefined;
  if (Math.floor(venueAt / windowMs) !== Math.floor(venueNow / windowMs)) return undefined;
  // Edges are judged where it was said: near one, it may be the count of another window.
  if (leftBy(used, window, bucket, venueAt) === undefined) return undefined;
  return leftBy(used, window, bucket, venueNow);
};

/** How long an account has to send no order any more today, after the venue's count of the day; undefined: it may go on. */
export const untilTomorrow = (used: number, perDay: number, venueNow: number): number | undefined =>
  used >= perDay * 0.97 ? dayMs - (venueNow % dayMs) : undefined;
