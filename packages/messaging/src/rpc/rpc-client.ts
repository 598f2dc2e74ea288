import {
  addressOf,
  ownerOf,
  rpcTable,
  type CallerName,
  type RpcDefinition,
  type RpcReply,
  type RpcRequestInput,
  type RpcSubject,
} from '@latchkey/contracts';
import { systemClock, type Clock, type Traceparent } from '@latchkey/kernel';
import { signMessage, type MessageKey } from '@latchkey/sealing';
import type { Msg, NatsConnection } from '@nats-io/transport-node';
import type { Broker } from '../broker/broker.js';
import type { MessagingLog } from '../log.js';
import { asking } from '../telemetry/rpc-spans.js';
import { readFrame, valueOf } from './reply-frame.js';
import { RpcError } from './rpc-error.js';
import { transportError, unavailable } from './transport-error.js';
import { requestHeaders } from './wire.js';

export type CallOptions = {
  /** Milliseconds until the answer must be here; the row's own unless given. */
  readonly deadlineMs?: number;
  readonly traceparent?: Traceparent | undefined;
  /** The process that is meant, where the row is one to an instance. */
  readonly instance?: string;
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
  readonly log: MessagingLog;
  readonly clock?: Clock;
};

const send = (
  connection: NatsConnection,
  subject: string,
  payload: string,
  caller: CallerName,
  deadlineMs: number,
  traceparent: Traceparent | undefined,
): Promise<Msg> => connection.request(subject, payload, { timeout: deadlineMs, headers: requestHeaders(caller, traceparent) });

export const createRpcClient = ({ broker, identity, messageKey, clock = systemClock }: RpcClientOptions): RpcClient => {
  const prepare = (subject: RpcSubject, row: RpcDefinition, request: unknown): Promise<string> | string =>
    row.signed
      ? signMessage({ key: messageKey, audience: ownerOf(subject), type: subject, payload: { request }, clock })
      : JSON.stringify(request);

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
      const address = addressOf(subject, options.instance ?? '');
      const payload = await prepare(subject, row, request);
      const connection = broker.connection();
      if (!connection) throw unavailable(subject, 'NATS is away');
      return asking(subject, options.traceparent, async (traceparent) => {
        let reply: Msg;
        try {
          reply = await send(connection, address, payload, identity, deadlineMs, traceparent);
        } catch (error) {
          throw transportError(subject, deadlineMs, error);
        }
        return valueOf(subject, row, readFrame(subject, reply.string())) as RpcReply<typeof subject>;
      });
    },
  };
};
