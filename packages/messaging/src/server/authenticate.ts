import {
  callerNames,
  rpcTable,
  type CallerName,
  type RpcDefinition,
  type RpcSubject,
  type ServiceName,
} from '@latchkey/contracts';
import { type Clock } from '@latchkey/kernel';
import { SealingError, verifyMessage, type TrustedKeys } from '@latchkey/sealing';
import type { Msg } from '@nats-io/transport-node';
import { RpcError } from '../rpc/rpc-error.js';
import { callerHeader, maxAgeMs, traceparentOf } from '../rpc/wire.js';
import type { ReplayGuard } from './replay-guard.js';
import type { RpcContext } from './rpc-context.js';

export type Authenticator = (subject: RpcSubject, message: Msg) => Promise<Incoming>;

/** A request whose sender is known. */
export type Incoming = {
  readonly context: RpcContext;
  /** As it came; not yet checked against the row. */
  readonly request: unknown;
};

export type AuthenticatorOptions = {
  readonly service: ServiceName;
  readonly trustedKeys: TrustedKeys;
  readonly replays: ReplayGuard;
  /** Milliseconds since the epoch; what was signed earlier could have been seen by the process before this one. */
  readonly startedAt: number;
  readonly clock: Clock;
};

const badRequest = (subject: string): RpcError =>
  new RpcError('rpc.bad_request', `the request does not have the shape of "${subject}"`, { subject });

const jsonOf = (subject: string, message: Msg): unknown => {
  try {
    return JSON.parse(message.string());
  } catch {
    throw badRequest(subject);
  }
};

const isCaller = (row: RpcDefinition, name: string | undefined): name is CallerName =>
  callerNames.some((service) => service === name && row.callers.includes(service));

/**
 * Tells who sent a request, and refuses it otherwise.
 *
 * @throws {RpcError} `rpc.bad_request`, `rpc.forbidden`, `rpc.unauthenticated`, `rpc.replayed`, `rpc.overloaded`
 */
export const createAuthenticator = ({ service, trustedKeys, replays, startedAt, clock }: AuthenticatorOptions): Authenticator => {
  const signed = async (subject: RpcSubject, row: RpcDefinition, message: Msg): Promise<Incoming> => {
    const expected = {
      trusted: trustedKeys,
      audience: service,
      type: subject,
      issuers: row.callers,
      maxAgeMs: maxAgeMs(row.deadlineMs),
      clock,
    };
    const { issuer, jti, issuedAt, body } = await verifyMessage(message.string(), expected).catch((cause: unknown) => {
      const why = cause instanceof SealingError ? cause.message : 'it cannot be read';
      throw new RpcError('rpc.unauthenticated', `the request is not believed: ${why}`, { subject }, { cause });
    });
    if (issuedAt < startedAt)
      throw new RpcError('rpc.replayed', 'the request was signed before its receiver started; sign it anew', { subject });
    const taken = replays.take(jti, 2 * maxAgeMs(row.deadlineMs));
    if (taken === 'seen') throw new RpcError('rpc.replayed', 'the request was received before; sign it anew', { subject });
    if (taken === 'full') throw new RpcError('rpc.overloaded', 'too many signed requests at once; try again', { subject });
    if (typeof body !== 'object' || body === null) throw badRequest(subject);
    const context = {
      subject,
      caller: issuer as CallerName,
      signed: true,
      requestId: jti,
      traceparent: traceparentOf(message.headers),
    };
    return { context, request: (body as { readonly request?: unknown }).request };
  };

  return async (subject, message) => {
    const row: RpcDefinition = rpcTable[subject];
    if (row.signed) return signed(subject, row, message);
    const caller = message.headers?.get(callerHeader);
    if (!isCaller(row, caller))
      throw new RpcError('rpc.forbidden', `this caller may not ask "${subject}"; its row in contracts names the callers`, {
        subject,
      });
    const context = { subject, caller, signed: false, requestId: undefined, traceparent: traceparentOf(message.headers) };
    return { context, request: jsonOf(subject, message) };
  };
};
