import {
  ownerOf,
  rpcTable,
  type CallerName,
  type RpcDefinition,
  type RpcReply,
  type RpcRequestInput,
  type RpcSubject,
} from '@latchkey/contracts';
import { systemClock, type Clock, type Traceparent } from '@latchkey/kernel';
import { createReplyKey, openReply, signMessage, type MessageKey, type ReplyKey, type TrustedKeys } from '@latchkey/sealing';
import type { Msg, NatsConnection } from '@nats-io/transport-node';
import { randomUUID } from 'node:crypto';
import type { Broker } from '../broker/broker.js';
import type { MessagingLog } from '../log.js';
import { asking } from '../telemetry/rpc-spans.js';
import { readFrame, valueOf } from './reply-frame.js';
import { RpcError } from './rpc-error.js';
import { transportError, unavailable } from './transport-error.js';
import { maxAgeMs, replyType, requestHeaders } from './wire.js';

export type CallOptions = {
  /** Milliseconds until the answer must be here; the row's own unless given. */
  readonly deadlineMs?: number;
  readonly traceparent?: Traceparent | undefined;
};

/** Asks other services, as the table of contracts allows. */
export type RpcClient = {
  /**
   * Sends one request and waits for its answer. Never repeats it: only the caller knows whether that is safe.
   *
   * @throws {RpcError} `rpc.unavailable`, `rpc.timeout`, `rpc.bad_reply`, `rpc.bad_request`, `rpc.forbidden`; a refusal arrives with the owner's code
   */
  readonly call: <Subject extends RpcSubject>(
    subject: Subject,
    request: RpcRequestInput<Subject>,
    options?: CallOptions,
  ) => Promise<RpcReply<Subject>>;
};

export type RpcClientOptions = {
  readonly broker: Broker;
  readonly identity: CallerName;
  readonly messageKey: MessageKey;
  readonly trustedKeys: TrustedKeys;
  readonly log: MessagingLog;
  readonly clock?: Clock;
};

type Outgoing = { readonly payload: string; readonly requestId?: string; readonly replyKey?: ReplyKey };

const send = (
  connection: NatsConnection,
  subject: string,
  payload: string,
  caller: CallerName,
  deadlineMs: number,
  traceparent: Traceparent | undefined,
): Promise<Msg> => connection.request(subject, payload, { timeout: deadlineMs, headers: requestHeaders(caller, traceparent) });

export const createRpcClient = ({
  broker,
  identity,
  messageKey,
  trustedKeys,
  clock = systemClock,
}: RpcClientOptions): RpcClient => {
  const prepare = async (subject: RpcSubject, row: RpcDefinition, request: unknown): Promise<Outgoing> => {
    if (!row.signed) return { payload: JSON.stringify(request) };
    const replyKey = row.sealedReply === true ? await createReplyKey() : undefined;
    const requestId = randomUUID();
    const body = { request, requestId, ...(replyKey === undefined ? {} : { replyKey: replyKey.publicJwk }) };
    const payload = await signMessage({ key: messageKey, audience: ownerOf(subject), type: subject, payload: body, clock });
    return { payload, requestId, ...(replyKey === undefined ? {} : { replyKey }) };
  };

  const open = async (
    subject: RpcSubject,
    reply: string,
    { replyKey, requestId }: Outgoing,
    deadlineMs: number,
  ): Promise<unknown> => {
    if (!replyKey) return readFrame(subject, reply);
    // Refused before the owner knew whom to seal for: nothing was done, and nothing is in it. A success is never believed in this form.
    if (reply.startsWith('{')) return readFrame(subject, reply, { refusalOnly: true });
    const owner = ownerOf(subject);
    try {
      const expected = {
        trusted: trustedKeys,
        audience: identity,
        type: replyType(subject),
        issuers: [owner],
        maxAgeMs: maxAgeMs(deadlineMs),
        clock,
      };
      const { body } = await openReply(reply, { ...expected, privateKey: replyKey.privateKey });
      const answer = body as { readonly requestId?: unknown; readonly frame?: unknown } | null;
      if (answer?.requestId !== requestId)
        throw new RpcError('rpc.bad_reply', `the answer to "${subject}" belongs to another request`);
      return readFrame(subject, answer?.frame);
    } catch (cause) {
      if (cause instanceof RpcError) throw cause;
      throw new RpcError(
        'rpc.bad_reply',
        `the sealed answer to "${subject}" cannot be believed: it does not come from ${owner}, or was altered`,
        {},
        { cause },
      );
    }
  };

  return {
    call: async (subject, request, options = {}) => {
      const row: RpcDefinition = rpcTable[subject];
      const deadlineMs = options.deadlineMs ?? row.deadlineMs;
      const checked = row.request.safeParse(request);
      if (!checked.success) {
        throw new RpcError('rpc.bad_request', `the request does not have the shape of "${subject}"`, {
          issues: checked.error.issues.map(({ path }) => path.join('.')),
        });
      }
      const outgoing = await prepare(subject, row, request);
      const connection = broker.connection();
      if (!connection) throw unavailable(subject, 'NATS is away');
      return asking(subject, options.traceparent, async (traceparent) => {
        let reply: Msg;
        try {
          reply = await send(connection, subject, outgoing.payload, identity, deadlineMs, traceparent);
        } catch (error) {
          throw transportError(subject, deadlineMs, error);
        }
        return valueOf(subject, row, await open(subject, reply.string(), outgoing, deadlineMs)) as RpcReply<typeof subject>;
      });
    },
  };
};
