import {
  addressOf,
  ownerOf,
  rpcTable,
  type CallerName,
  type RpcDefinition,
  type RpcReplyFrame,
  type RpcSubject,
  type ServiceName,
} from '@latchkey/contracts';
import { InvariantError, systemClock, withDeadline, type Clock } from '@latchkey/kernel';
import type { TrustedKeys } from '@latchkey/sealing';
import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';
import { Server, type CustomTransportStrategy } from '@nestjs/microservices';
import { lastValueFrom } from 'rxjs';
import type { Broker } from '../broker/broker.js';
import type { MessagingLog } from '../log.js';
import { RpcError } from '../rpc/rpc-error.js';
import { callerHeader, isReplyTo, traceparentOf } from '../rpc/wire.js';
import { answering } from '../telemetry/rpc-spans.js';
import { turnedAwayCounter } from '../telemetry/turned-away.js';
import { createAuthenticator, type Authenticator, type Incoming } from './authenticate.js';
import { createReplayGuard } from './replay-guard.js';
import { refusalOf, turnedAway } from './reply-to.js';
import { createWorkQueue, type WorkQueue } from './work-queue.js';

export type LatchkeyServerOptions = {
  readonly broker: Broker;
  readonly service: ServiceName;
  readonly trustedKeys: TrustedKeys;
  readonly log: MessagingLog;
  /** This process, in the subjects of rows to one instance: unique to its start. Needed where the service has such rows. */
  readonly instance?: string;
  /** Requests handled at once (64); further ones wait, up to 1,000, and are then refused. */
  readonly maxConcurrent?: number;
  /** How long {@link LatchkeyServer.close} waits for what is in flight (10,000 ms). */
  readonly drainTimeoutMs?: number;
  readonly clock?: Clock;
};

const maxWaiting = 1_000;

/**
 * Answers a service's commands and queries inside Nest: `app.connectMicroservice({ strategy })`. Nest's own NATS transport has no drain and
 * drops replies on close.
 *
 * Instances of a service share the work (a queue group named after it), but for rows to one instance. {@link close} takes no more, finishes
 * what has arrived, sends the replies, and leaves the broker open for others to close.
 */
export class LatchkeyServer extends Server implements CustomTransportStrategy {
  readonly #options: LatchkeyServerOptions;
  readonly #clock: Clock;
  readonly #work: WorkQueue;
  readonly #authenticate: Authenticator;
  readonly #countTurnedAway = turnedAwayCounter();
  #subscriptions: Subscription[] = [];
  #connection: NatsConnection | undefined;
  #stopListening: () => void = () => undefined;
  #closed: Promise<void> | undefined;

  constructor(options: LatchkeyServerOptions) {
    super();
    const { service, trustedKeys, maxConcurrent = 64, clock = systemClock } = options;
    this.#options = options;
    this.#clock = clock;
    this.#work = createWorkQueue({ maxRunning: maxConcurrent, maxWaiting });
    this.#authenticate = createAuthenticator({
      service,
      trustedKeys,
      replays: createReplayGuard({ clock }),
      startedAt: clock.now(),
      clock,
    });
  }

  /** Subscribes as soon as the broker is there; ready before that, so that a service starts without one. */
  listen(callback: (error?: unknown) => void): void {
    try {
      for (const subject of this.messageHandlers.keys()) this.#assertOwn(subject);
    } catch (error) {
      return callback(error);
    }
    // nats.js subscribes again by itself after a reconnect; only a new connection needs us.
    this.#stopListening = this.#options.broker.onReconnect((connection) => {
      if (connection === this.#connection) return;
      this.#connection = connection;
      this.#subscriptions = [...this.messageHandlers.keys()].map((subject) => this.#subscribe(connection, subject as RpcSubject));
    });
    callback();
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#drain());
  }

  /** Requests that have arrived and are not answered yet. */
  inFlight(): number {
    return this.#work.size();
  }

  unwrap<T>(): T {
    return this.#options.broker.connection() as T;
  }

  on(): never {
    throw new InvariantError('this transport has no events; listen to the broker');
  }

  #assertOwn(subject: string): void {
    if (!Object.hasOwn(rpcTable, subject)) throw new InvariantError(`"${subject}" is not in the table of contracts; add its row`);
    const owner = ownerOf(subject as RpcSubject);
    if (owner !== this.#options.service)
      throw new InvariantError(`"${subject}" belongs to ${owner}, not to ${this.#options.service}`);
    addressOf(subject as RpcSubject, this.#options.instance ?? '');
  }

  #subscribe(connection: NatsConnection, subject: RpcSubject): Subscription {
    const { service, log, instance = '' } = this.#options;
    const row: RpcDefinition = rpcTable[subject];
    return connection.subscribe(addressOf(subject, instance), {
      ...(row.perInstance === true ? {} : { queue: service }),
      callback: (error, message) => {
        if (error) return log.error({ subject, err: error }, 'a subscription ended; the identity lacks a permission');
        this.#take(subject, message);
      },
    });
  }

  #take(subject: RpcSubject, message: Msg): void {
    const arrivedAt = this.#clock.now();
    const taken = this.#work.add(() =>
      this.#serve(subject, message, arrivedAt).catch((error: unknown) =>
        this.#options.log.error({ subject, err: error }, 'a reply was lost'),
      ),
    );
    if (!taken) {
      const error = new RpcError('rpc.overloaded', `"${subject}" has too many requests waiting; try again`, { subject });
      this.#reply(subject, message, turnedAway(subject, error, this.#options.log, this.#countTurnedAway), undefined);
    }
  }

  async #serve(subject: RpcSubject, message: Msg, arrivedAt: number): Promise<void> {
    const row: RpcDefinition = rpcTable[subject];
    if (this.#clock.now() - arrivedAt > row.deadlineMs) {
      this.#options.log.warn({ subject }, 'not handled: its caller has stopped waiting');
      return;
    }
    let incoming: Incoming | undefined;
    const frame = await answering(subject, traceparentOf(message.headers), async (): Promise<RpcReplyFrame> => {
      try {
        incoming = await this.#authenticate(subject, message);
        return { ok: true, value: await this.#handle(subject, row, incoming) };
      } catch (error) {
        const { log } = this.#options;
        return incoming ? refusalOf(subject, error, log) : turnedAway(subject, error, log, this.#countTurnedAway);
      }
    });
    this.#reply(subject, message, frame, incoming);
  }

  async #handle(subject: RpcSubject, row: RpcDefinition, incoming: Incoming): Promise<unknown> {
    const request = row.request.safeParse(incoming.request);
    if (!request.success) {
      const issues = request.error.issues.map(({ path }) => path.join('.'));
      throw new RpcError('rpc.bad_request', `the request does not have the shape of "${subject}"`, { issues });
    }
    const handler = this.messageHandlers.get(subject);
    if (!handler) throw new InvariantError(`nothing handles "${subject}"`);
    const value: unknown = await lastValueFrom(
      this.transformToObservable<unknown>(await handler(request.data, incoming.context)),
    );
    const reply = row.reply.safeParse(value);
    if (!reply.success) {
      const issues = reply.error.issues.map(({ path, code }) => `${path.join('.')}: ${code}`);
      throw new InvariantError(`the handler of "${subject}" answered something else than its row says (${issues.join(', ')})`);
    }
    return value;
  }

  #reply(subject: RpcSubject, message: Msg, frame: RpcReplyFrame, incoming: Incoming | undefined): void {
    const { log } = this.#options;
    const caller = (incoming?.context.caller ?? message.headers?.get(callerHeader)) as CallerName;
    if (!isReplyTo(caller, message.reply)) {
      log.warn({ subject, caller }, "not answered: the reply subject is not its caller's");
      return;
    }
    message.respond(JSON.stringify(frame));
  }

  async #drain(): Promise<void> {
    const { log, drainTimeoutMs = 10_000 } = this.#options;
    this.#stopListening();
    const inTime = async (what: string, work: () => Promise<unknown>): Promise<void> => {
      await withDeadline(what, drainTimeoutMs, work).catch((error: unknown) =>
        log.error({ err: error, inFlight: this.inFlight() }, 'requests were left behind'),
      );
    };
    // Draining a subscription waits for the server; while it is away nothing can arrive anyway.
    const live = this.#options.broker.isConnected();
    if (live)
      await inTime('the end of the subscriptions', () =>
        Promise.all(this.#subscriptions.map((subscription) => subscription.drain())),
      );
    else for (const subscription of this.#subscriptions) subscription.unsubscribe();
    await inTime('the answers in flight', () => this.#work.idle());
    if (this.#options.broker.isConnected()) await inTime('the sending of replies', async () => this.#connection?.flush());
    this.#subscriptions = [];
  }
}

/** A {@link LatchkeyServer}, ready for Nest's `{ strategy }`. */
export const createRpcServer = (options: LatchkeyServerOptions): LatchkeyServer => new LatchkeyServer(options);
