import { isAppError, withDeadline, type Clock } from '@latchkey/kernel';
import type { SignedCall } from '../../app/ports/exchange.js';
import type { Failure } from '../../domain/settlement/outcome.js';
import { failureOf, runCall, type Call } from './call-context.js';
import type { VenueLog } from './venue.js';

/** What became of one signed request: what was read from the answer, or the facts of what went wrong. */
export type Attempted<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Failure };

export type SignedRequestsOptions = {
  /** For the log, e.g. "binance/live". */
  readonly venue: string;
  readonly clock: Clock;
  readonly log: VenueLog;
  readonly timeoutMs: number;
  readonly venueNow: () => number | undefined;
  /** Milliseconds for which this failure asks everybody behind our address to wait; undefined: it does not. */
  readonly limitedFor?: (failure: Failure) => number | undefined;
};

const defaultPauseMs = 10_000;

const byStatus = ({ http, retryAfterMs = defaultPauseMs }: Failure): number | undefined =>
  http === 429 || http === 418 ? retryAfterMs : undefined;

/** Runs signed requests of one venue: each within its deadline, and none while the venue asked our address to wait. */
export const createSignedRequests = ({
  venue,
  clock,
  log,
  timeoutMs,
  venueNow,
  limitedFor = byStatus,
}: SignedRequestsOptions) => {
  let pausedUntil = 0;

  /** A limit is the address's, so it is everybody's: the whole venue waits. */
  const pauseIfLimited = (failure: Failure): void => {
    const waitMs = limitedFor(failure);
    if (waitMs === undefined) return;
    pausedUntil = Math.max(pausedUntil, clock.now() + waitMs);
    log.warn({ venue, waitMs }, 'the exchange limits our requests; all of them wait');
  };

  return {
    /** Milliseconds (our clock) until which the venue wants to be left alone; 0: now is fine. */
    pausedUntil: (): number => (pausedUntil > clock.now() ? pausedUntil : 0),

    /** @param read what the answer's body says; undefined: it cannot be read, which proves nothing */
    run: async <T>(
      call: SignedCall,
      request: () => Promise<unknown>,
      read: (body: unknown) => T | undefined,
    ): Promise<Attempted<T>> => {
      const whole = async (current: Call) => {
        try {
          return await withDeadline('the answer of the exchange', timeoutMs * 1.5, request);
        } finally {
          current.ended = true; // a request that outlived its deadline must not leave any more
        }
      };
      const result = await runCall(call, { clock, venueNow }, whole);
      const value = result.ok ? readOrNone(read, result.value) : undefined;
      if (value !== undefined) return { ok: true, value };
      const failure =
        result.ok || !isAppError(result.error, 'exchange.withheld')
          ? failureOf(result.call, causeOf(result))
          : withheld(result.error);
      pauseIfLimited(failure);
      return { ok: false, failure };
    },
  };
};

export type SignedRequests = ReturnType<typeof createSignedRequests>;

/** A body that has the right fields and makes no sense (a time that is none) is as unreadable as any other. */
const readOrNone = <T>(read: (body: unknown) => T | undefined, body: unknown): T | undefined => {
  try {
    return read(body);
  } catch {
    return undefined;
  }
};

const withheld = ({ message }: Error): Failure => ({ sent: false, cause: 'withheld', withheld: message });

const causeOf = (result: { readonly ok: boolean; readonly error?: unknown }): string => {
  if (result.ok) return 'unreadable_body';
  return isAppError(result.error, 'kernel.deadline_exceeded') ? 'timeout' : 'transport_error';
};
