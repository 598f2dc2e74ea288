/** What a venue counts: so much within so long, be it a minute of the calendar or the seconds just passed. */
export type RateWindow = { readonly limit: number; readonly windowMs: number };

/** How much may be taken at once, and how fast it comes back. */
export type Bucket = { readonly burst: number; readonly perMs: number };

/** What was granted is used within this time or lapses; it is also the most that is granted at once. */
export const grantMs = 50;

/** Of each limit, what is used at most, even if all that is under way arrives in one: what else comes from our address is not known to us. */
const mostWithAll = 0.99;
/** Of each limit, what is never used: clocks, counts and neighbours behind the same address are not exactly what we think. */
const ceiling = 0.97;
/** An address serves everybody, so that nearly all of it is needed as a steady rate; a single account mostly sends a few orders at once. */
const burstShares = { address: 0.02, account: 0.25 } as const;
export type Scope = keyof typeof burstShares;

/** A limit this small has no room for a burst: two requests are simply two windows apart. */
const smallest = 2;

/**
 * The bucket that keeps a window, wherever the venue lets it begin: in no interval of its length does the burst with all that comes back,
 * the time of a grant included, exceed 97 % of the limit. So it does not matter whether the venue counts by its calendar or by seconds passed.
 */
export const bucketOf = ({ limit, windowMs }: RateWindow, scope: Scope): Bucket => {
  if (limit < smallest) return { burst: 1, perMs: (ceiling * limit) / (2 * windowMs) };
  const burst = Math.max(1, limit * burstShares[scope]);
  return { burst, perMs: (ceiling * limit - burst) / (windowMs + grantMs) };
};

/** The bucket that keeps several windows of the same requests at once. */
export const strictest = (buckets: readonly Bucket[]): Bucket => ({
  burst: Math.min(...buckets.map(({ burst }) => burst)),
  perMs: Math.min(...buckets.map(({ perMs }) => perMs)),
});

/** What a bucket holds at a moment; below zero after the venue told that more was used than we knew of. */
export type Level = { readonly tokens: number; readonly at: number };

/** What one exchange with a bucket asks for. */
export type Asked = {
  /** Wanted now, and what was granted before and not used. */
  readonly want: number;
  readonly back: number;
  /** The most that the venue's own figures leave. */
  readonly told?: number;
};

/** Refills, takes back, believes the venue, and grants what is there. The same sum stands in the statement that shares buckets. */
export const takeFrom = (
  { burst, perMs }: Bucket,
  { tokens, at }: Level,
  { want, back, told = Number.POSITIVE_INFINITY }: Asked,
  now: number,
): { readonly level: Level; readonly granted: number } => {
  const there = Math.min(burst, tokens + Math.max(0, now - at) * perMs + back, told);
  const granted = Math.min(want, Math.max(0, there));
  return { level: { tokens: there - granted, at: Math.max(at, now) }, granted };
};

/** The first and last of a window say nothing: a count may be that of the window before or after. */
const edgeMs = 1_500;

/**
 * What a venue's count of the running calendar window leaves for a bucket, so that what comes back until its end does not exceed the limit
 * either; undefined so near to the window's edge that the count may be another window's.
 *
 * @param venueNow the venue's clock
 */
export const leftBy = (
  used: number,
  { limit, windowMs }: RateWindow,
  { perMs }: Bucket,
  venueNow: number,
): number | undefined => {
  const passed = venueNow % windowMs;
  const edge = Math.min(edgeMs, windowMs / 5);
  if (passed < edge || windowMs - passed < edge) return undefined;
  return ceiling * limit - used - perMs * (windowMs - passed);
};

/**
 * How many requests may be under way at once: a venue that stops for a moment takes them all in one, and they count on top of all that
 * follows. With this many the limit still holds, and a hundredth of it is left to whatever else comes from our address.
 */
export const mostUnderWay = (window: RateWindow): number => {
  const { burst, perMs } = bucketOf(window, 'address');
  return Math.max(1, Math.floor(mostWithAll * window.limit - burst - perMs * window.windowMs));
};
