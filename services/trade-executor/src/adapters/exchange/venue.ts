import type { Environment } from '@latchkey/contracts';
import type { Clock } from '@latchkey/kernel';
import type { RateLimiter } from '../../app/rate-limits/rate-limiter.js';
import type { Exchange } from '../../app/ports/exchange.js';
import type { EgressRoute } from './egress-route.js';

/** The part of a logger that adapters of venues need. */
export type VenueLog = {
  readonly info: (fields: object, message: string) => void;
  readonly warn: (fields: object, message: string) => void;
  readonly error: (fields: object, message: string) => void;
};

export type VenueOptions = {
  readonly environment: Environment;
  readonly clock: Clock;
  readonly log: VenueLog;
  readonly recvWindow: number;
  /** Connect and headers of one request; the whole call, its body included, has half as much again. */
  readonly timeoutMs: number;
  /** The ways out; the system's own by default. */
  readonly routes?: readonly EgressRoute[];
  /** Shared by all venues and executors; by default a host keeps only the pauses that it is asked for. */
  readonly permits?: RateLimiter;
  /** Simulated venues only. */
  readonly redirectTo?: string;
};

/** One venue (or one host of it) for all users: its markets share clients, clock and limits. */
export type Venue = {
  readonly markets: readonly Exchange[];
  /** Does not wait for a venue that is away: it is asked until it answers. */
  readonly start: () => void;
  readonly stop: () => void;
};

export type OpenVenue = (options: VenueOptions) => Promise<Venue>;
