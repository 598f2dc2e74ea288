import { AsyncLocalStorage } from 'node:async_hooks';
import { newId, type Clock } from '@latchkey/kernel';
import type { Authorize, Signature, SignedCall } from '../../app/ports/exchange.js';
import type { Failure } from '../../domain/settlement/outcome.js';
import type { RateBudget } from '../../telemetry/rate-budget.js';
import type { Permit } from '../../app/ports/permits.js';
import { ExchangeError } from './exchange-error.js';

/** What the venue answered, before any library made an exception of it. */
export type Answer = { readonly http: number; readonly code?: number; readonly message?: string; readonly retryAfterMs?: number };

/** Everything that belongs to one request of one account: the shared client has no memory of its own. */
export type Call = {
  readonly timestamp: number;
  readonly authorize: Authorize;
  /** The right to send it; signed requests of production always have one. */
  readonly permit?: Permit;
  /** Unique to the call: the vault's signature takes its place just before the bytes leave. */
  readonly placeholder: string;
  /** Throws when the request must not be handed over any more. */
  readonly assertMayLeave: () => void;
  /** Throws when it is too late for its bytes, even if a connection had to be made for them. */
  readonly assertInTime: () => void;
  /** The words without this call's API key and signature, which a venue may quote: they go into events, answers and logs. */
  readonly conceal: (words: string) => string;
  payload?: string;
  /** `handed_over`: nobody tells when its bytes leave, so they may have left. Never goes back from `yes`. */
  sent: 'no' | 'handed_over' | 'yes';
  /** Its deadline has passed: whoever waited has recorded an outcome, so the bytes must not leave any more. */
  ended: boolean;
  answer?: Answer;
  transport?: string;
  signatureWaitedMs?: number;
  /** What the answer's headers told of the venue's limits. */
  budget?: RateBudget;
};

const calls = new AsyncLocalStorage<Call>();

/** A public request: nobody's account, but it uses up the limits of our address like any other. */
export type OpenCall = { readonly permit: Permit; answer?: Answer; budget?: RateBudget };

const openCalls = new AsyncLocalStorage<OpenCall>();

/** The public request that the running code makes. */
export const currentOpenCall = (): OpenCall | undefined => openCalls.getStore();
export const runOpenCall = <T>(call: OpenCall, work: () => Promise<T>): Promise<T> => openCalls.run(call, work);

/** The address that the running request has to leave from. */
export const currentAddress = (): string | undefined => (currentCall() ?? currentOpenCall())?.permit?.address;

const leftAlone = () =>
  new ExchangeError('exchange.withheld', 'the exchange wants no requests from our address now; it was not sent');

const notKnown = (cause: unknown) =>
  new ExchangeError(
    'exchange.withheld',
    'it could not be asked whether the exchange wants requests from our address now; it was not sent',
    {},
    { cause },
  );

/** @throws {ExchangeError} `exchange.withheld`: the venue asked for quiet, as far as any executor knows, or that cannot be asked */
export const confirmPermit = async (permit: Permit | undefined): Promise<void> => {
  if (!permit) return;
  const may = await permit.confirm().catch((error: unknown) => {
    throw notKnown(error);
  });
  if (!may) throw leftAlone();
};

/** The call that the running code works for; public requests have none. */
export const currentCall = (): Call | undefined => calls.getStore();

/** @throws {ExchangeError} `exchange.no_call` */
export const requireCall = (): Call => {
  const call = currentCall();
  if (!call) throw new ExchangeError('exchange.no_call', 'a signed request has no account bound to it; make it inside runCall');
  return call;
};

/** An unused signature is worth an order to whoever finds it: it is dropped after this long. */
const maxSignatureAgeMs = 500;

type CallDeps = { readonly clock: Clock; readonly venueNow: () => number | undefined };

const createCall = ({ timestamp, recvWindow, authorize, permit }: SignedCall, { clock, venueNow }: CallDeps): Call => {
  let signed: Signature | undefined;
  const call: Call = {
    timestamp,
    ...(permit && { permit }),
    placeholder: `unsigned-${newId()}`,
    sent: 'no',
    ended: false,
    authorize: async (payload) => {
      signed = await authorize(payload);
      return signed;
    },
    conceal: (words) => {
      if (!signed) return words;
      const { apiKey, signature } = signed;
      // A base64 signature stands percent-encoded in a query.
      return [apiKey, signature, encodeURIComponent(signature)].reduce((text, one) => text.replaceAll(one, '…'), words);
    },
    // A process that froze after its decision stops here when it thaws.
    assertInTime: () => {
      if (call.ended) throw new ExchangeError('exchange.withheld', 'the request took too long to get ready; it was not sent');
      const now = venueNow() ?? Number.POSITIVE_INFINITY;
      if (now > timestamp + recvWindow) {
        throw new ExchangeError(
          'exchange.withheld',
          'the time in which the exchange takes this request has passed; it was not sent',
        );
      }
    },
    assertMayLeave: () => {
      call.assertInTime();
      if (signed) call.signatureWaitedMs = clock.now() - signed.signedAt;
      if (call.signatureWaitedMs === undefined || call.signatureWaitedMs > maxSignatureAgeMs) {
        throw new ExchangeError(
          'exchange.withheld',
          `the signature is older than ${maxSignatureAgeMs} ms; it was dropped and nothing was sent`,
        );
      }
    },
  };
  return call;
};

/** Binds one account's request to the shared client, for as long as `work` runs. */
export const runCall = async <T>(
  signed: SignedCall,
  deps: CallDeps,
  work: (call: Call) => Promise<T>,
): Promise<
  | { readonly ok: true; readonly value: T; readonly call: Call }
  | { readonly ok: false; readonly error: unknown; readonly call: Call }
> => {
  const call = createCall(signed, deps);
  try {
    return { ok: true, value: await calls.run(call, () => work(call)), call };
  } catch (error) {
    return { ok: false, error, call };
  } finally {
    signed.seen?.(call);
  }
};

/** The facts of a failed call. The library's message is left out: for a GET it holds the signed URL. */
export const failureOf = ({ answer, transport, sent }: Call, cause: string): Failure => {
  if (answer) return { sent: true, ...answer, cause: answer.http === 200 ? 'unreadable_body' : `http_${answer.http}` };
  // Whatever the connection's error says, it may have come after the first byte.
  return { sent: sent !== 'no', cause: transport ?? cause };
};
