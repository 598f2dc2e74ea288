import type { Environment } from '@latchkey/contracts';
import { isAppError, withDeadline, type Clock } from '@latchkey/kernel';
import type { SignedCall } from '../../app/ports/exchange.js';
import type { LimitedFor, Permit } from '../../app/ports/permits.js';
import type { RateLimiter } from '../../app/rate-limits/rate-limiter.js';
import type { Endpoint, HostName } from '../../domain/rate-limits/host-limits.js';
import type { Failure } from '../../domain/settlement/outcome.js';
import { failureOf, runCall, runOpenCall, type Answer, type Call, type OpenCall } from './call-context.js';
import { ExchangeError } from './exchange-error.js';
import type { VenueLog } from './venue.js';

/** What became of one signed request: what was read from the answer, or the facts of what went wrong. */
export type Attempted<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Failure };

export type SignedRequestsOptions = {
  readonly host: HostName;
  readonly environment: Environment;
  readonly clock: Clock;
  readonly log: VenueLog;
  readonly timeoutMs: number;
  readonly venueNow: () => number | undefined;
  readonly permits: RateLimiter;
  /** Whom this failure asks to wait, and for how long; undefined: nobody. */
  readonly limitedFor?: (failure: Failure) => LimitedFor | undefined;
};

const defaultPauseMs = 10_000;
/** Orders of one account: it alone has sent too many. */
const tooManyOrders = -1015;

const byStatus = ({ http, code, retryAfterMs = defaultPauseMs }: Failure): LimitedFor | undefined =>
  http === 429 || http === 418 ? { whom: code === tooManyOrders ? 'account' : 'address', ms: retryAfterMs } : undefined;

/** A look-up is worth a wait; what only tells something is asked for again. */
const waitForLookupMs = 30_000;
const waitForReadMs = 10_000;
/** A price is too old by then, and the time says nothing about a later moment. */
const waitForServiceMs = 1_000;

/** Runs requests of one host: each with a permit, within its deadline, and none while the venue asked to be left alone. */
export const createSignedRequests = ({
  host,
  environment,
  clock,
  log,
  timeoutMs,
  venueNow,
  permits,
  limitedFor = byStatus,
}: SignedRequestsOptions) => {
  const where = { host, environment };

  const answered = (
    permit: Permit,
    ok: boolean,
    { answer, budget }: { answer?: Answer; budget?: OpenCall['budget'] },
    failure?: Failure,
  ) => {
    const limited = failure && limitedFor(failure);
    const now = venueNow();
    permit.answered({
      ok: ok && answer !== undefined,
      ...(budget && { budget }),
      ...(now !== undefined && { venueNow: now }),
      ...(limited && { limited }),
    });
    if (limited)
      log.warn(
        { venue: `${host}/${environment}`, address: permit.address, ...limited },
        'the exchange limits our requests; they wait',
      );
  };

  const permitFor = (endpoint: Endpoint, { user, urgency = 'read', address }: SignedCall) =>
    permits.take({
      ...where,
      endpoint,
      urgency,
      deadline: clock.now() + (urgency === 'lookup' ? waitForLookupMs : waitForReadMs),
      ...(user !== undefined && { user }),
      ...(address !== undefined && { address }),
    });

  /** The call with its permit. A read that waited for it is stamped anew; an order never is. */
  const permitted = async (endpoint: Endpoint, call: SignedCall) => {
    if (call.permit) return { call, permit: call.permit };
    const { permit } = await permitFor(endpoint, call);
    const timestamp = isOrder(endpoint) || call.keepsTimestamp ? call.timestamp : (venueNow() ?? call.timestamp);
    return permit && { call: { ...call, permit, timestamp }, permit };
  };

  return {
    /** Milliseconds (our clock) until which the venue wants to be left alone by all of our addresses; 0: now is fine. */
    pausedUntil: (): number => permits.blockedUntil(host, environment),

    /** A public request. @throws {ExchangeError} `exchange.withheld`: it could not be sent now; and whatever the client throws */
    open: async <T>(endpoint: Endpoint, work: () => Promise<T>, address?: string): Promise<T> => {
      const { permit } = await permits.take({
        ...where,
        endpoint,
        urgency: 'service',
        deadline: clock.now() + waitForServiceMs,
        ...(address !== undefined && { address }),
      });
      if (!permit)
        throw new ExchangeError('exchange.withheld', 'the limits of our address leave no room for it now; it was not sent');
      const call: OpenCall = { permit };
      try {
        const value = await runOpenCall(call, work);
        answered(permit, true, call);
        return value;
      } catch (error) {
        answered(permit, false, call, call.answer && { sent: true, cause: 'answer', ...call.answer });
        throw error;
      } finally {
        permit.end();
      }
    },

    /** @param read what the answer's body says; undefined: it cannot be read, which proves nothing */
    run: async <T>(
      asked: SignedCall,
      endpoint: Endpoint,
      request: () => Promise<unknown>,
      read: (body: unknown) => T | undefined,
    ): Promise<Attempted<T>> => {
      const may = await permitted(endpoint, asked);
      if (!may) return { ok: false, failure: withheld('the limits of our address leave no room for it now') };
      const { call, permit } = may;
      const whole = async (current: Call) => {
        try {
          return await withDeadline('the answer of the exchange', timeoutMs * 1.5, request);
        } finally {
          current.ended = true; // a request that outlived its deadline must not leave any more
        }
      };
      try {
        const result = await runCall(call, { clock, venueNow }, whole);
        const value = result.ok ? readOrNone(read, result.value) : undefined;
        if (value !== undefined) {
          answered(permit, true, result.call);
          return { ok: true, value };
        }
        const failure =
          !result.ok && result.call.sent === 'no' && isAppError(result.error, 'exchange.withheld')
            ? withheld(result.error.message)
            : failureOf(result.call, causeOf(result));
        answered(permit, false, result.call, failure);
        return { ok: false, failure };
      } finally {
        permit.end();
      }
    },
  };
};

const isOrder = (endpoint: Endpoint): boolean => endpoint.startsWith('order.create');

export type SignedRequests = ReturnType<typeof createSignedRequests>;

/** A body that has the right fields and makes no sense (a time that is none) is as unreadable as any other. */
const readOrNone = <T>(read: (body: unknown) => T | undefined, body: unknown): T | undefined => {
  try {
    return read(body);
  } catch {
    return undefined;
  }
};

const withheld = (why: string): Failure => ({ sent: false, cause: 'withheld', withheld: why });

const causeOf = (result: { readonly ok: boolean; readonly error?: unknown }): string => {
  if (result.ok) return 'unreadable_body';
  return isAppError(result.error, 'kernel.deadline_exceeded') ? 'timeout' : 'transport_error';
};
