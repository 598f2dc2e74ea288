import type { SimClock } from '../core/clock.js';
import { createFixedWindow, type FixedWindow } from '../core/fixed-window.js';
import type { Stats } from '../core/stats.js';
import { refuse } from './refusal.js';

export type IpLimits = {
  /** Weight per IP and calendar minute of `/api`. */
  readonly weightPerMinute: number;
  /** The same for `/sapi`, which Binance counts apart. */
  readonly walletWeightPerMinute: number;
  /** How many requests within a 429's `Retry-After` turn it into a ban. Not documented by the venue: an assumption. */
  readonly ignoredBeforeBan: number;
};

/** Unfilled orders per account. */
export type OrderLimits = { readonly per10Seconds: number; readonly perDay: number };
/** Orders per account, filled or not. */
export type UsdmOrderLimits = { readonly per10Seconds: number; readonly perMinute: number };
/** Futures have a host of their own: what is used up there is not used up on spot's. */
export type UsdmLimits = { readonly weightPerMinute: number; readonly orders: UsdmOrderLimits };
export type BinanceLimits = IpLimits & {
  readonly orders: OrderLimits;
  readonly usdm: UsdmLimits;
  /** Attempts to connect to spot's WebSocket API per address. None is documented for the futures' streams. */
  readonly connectionsPer5Minutes: number;
};

/** The numbers of `exchange-facts.md` 3.7. */
export const documentedLimits: BinanceLimits = {
  weightPerMinute: 6_000,
  walletWeightPerMinute: 12_000,
  ignoredBeforeBan: 10,
  orders: { per10Seconds: 100, perDay: 200_000 },
  connectionsPer5Minutes: 300,
  usdm: { weightPerMinute: 2_400, orders: { per10Seconds: 300, perMinute: 1_200 } },
};

const minuteMs = 60_000;
const firstBanMs = 2 * minuteMs;
const longestBanMs = 3 * 24 * 60 * minuteMs;
const seconds = (ms: number): number => Math.max(1, Math.ceil(ms / 1_000));

type Address = {
  readonly trading: FixedWindow;
  readonly wallet: FixedWindow;
  blockedUntilMs: number;
  ignored: number;
  bannedUntilMs: number;
  nextBanMs: number;
};

export type IpLimiter = {
  /**
   * Counts a request.
   *
   * @throws {BinanceRefusal} 429 above the limit, 418 for who goes on regardless
   */
  readonly charge: (ip: string, path: string, weight: number) => void;
  readonly giveBack: (ip: string, path: string, weight: number) => void;
  /** The header that every answer carries. */
  readonly headers: (ip: string, path: string) => Readonly<Record<string, string>>;
};

export const createIpLimiter = (
  clock: Pick<SimClock, 'now'>,
  limits: Omit<BinanceLimits, 'orders' | 'connectionsPer5Minutes'>,
  stats: Stats,
): IpLimiter => {
  const addresses = new Map<string, Address>();
  /** Each host counts, blocks and bans for itself; `/api` and `/sapi` are one. */
  const hostOf = (path: string): string => (/^\/[fd]api\//.test(path) ? path.slice(1, 5) : 'api');
  const of = (ip: string, path: string): Address => {
    const key = `${hostOf(path)} ${ip}`;
    const known = addresses.get(key);
    if (known !== undefined) return known;
    const fresh: Address = {
      trading: createFixedWindow(clock, minuteMs),
      wallet: createFixedWindow(clock, minuteMs),
      blockedUntilMs: 0,
      ignored: 0,
      bannedUntilMs: 0,
      nextBanMs: firstBanMs,
    };
    addresses.set(key, fresh);
    return fresh;
  };
  const isWallet = (path: string): boolean => path.startsWith('/sapi/');
  const windowOf = (ip: string, path: string): FixedWindow => (isWallet(path) ? of(ip, path).wallet : of(ip, path).trading);
  const limitOf = (path: string): number => {
    if (isWallet(path)) return limits.walletWeightPerMinute;
    return hostOf(path) === 'api' ? limits.weightPerMinute : limits.usdm.weightPerMinute;
  };

  const ban = (address: Address, nowMs: number): void => {
    address.bannedUntilMs = nowMs + address.nextBanMs;
    address.nextBanMs = Math.min(address.nextBanMs * 2, longestBanMs);
    address.ignored = 0;
  };

  return {
    charge: (ip, path, weight) => {
      const address = of(ip, path);
      const nowMs = clock.now();
      const window = windowOf(ip, path);
      const limit = limitOf(path);
      const retryUntilMs = Math.max(address.bannedUntilMs, address.blockedUntilMs);
      if (nowMs < retryUntilMs) {
        stats.count('requestsBeforeRetryAfter');
        address.ignored += 1;
        if (nowMs >= address.bannedUntilMs && address.ignored >= limits.ignoredBeforeBan) ban(address, nowMs);
      } else address.ignored = 0;
      window.add(weight);
      if (nowMs < address.bannedUntilMs) {
        stats.count('rateLimitViolations');
        throw refuse.banned(address.bannedUntilMs, seconds(address.bannedUntilMs - nowMs));
      }
      if (window.used() > limit) {
        stats.count('rateLimitViolations');
        address.blockedUntilMs = nowMs + window.msToReset();
        throw refuse.tooMuchWeight(limit, seconds(window.msToReset()));
      }
    },
    giveBack: (ip, path, weight) => windowOf(ip, path).add(-weight),
    headers: (ip, path) => {
      const used = String(windowOf(ip, path).used());
      return isWallet(path) ? { 'x-sapi-used-ip-weight-1m': used } : { 'x-mbx-used-weight': used, 'x-mbx-used-weight-1m': used };
    },
  };
};
