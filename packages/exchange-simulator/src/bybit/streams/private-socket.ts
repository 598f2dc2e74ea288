import type { Account } from '../../core/accounts.js';
import type { RawRequest } from '../../core/raw-http.js';
import { goingAway, type Connection, type Frame } from '../../core/streams/connection.js';
import type { SocketEndpoint } from '../../core/streams/socket-edge.js';
import type { Published } from '../../core/streams/streams.js';
import type { BybitParts } from '../bybit-parts.js';
import { wireUuid } from '../order-id.js';
import { playedCategories } from '../params.js';
import { BybitRefusal } from '../refusal.js';
import { topics } from './bybit-events.js';
import { authenticateStream } from './stream-auth.js';
import { readFrame, type ClientFrame } from './stream-frame.js';

const path = '/v5/private';
const idleMs = { standard: 600_000, least: 30_000, most: 600_000 };
const idleCheckMs = 30_000;

/** Every topic by the name that it is published under: `order` is both categories, `order.linear` one. */
const published: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  topics.flatMap((topic): (readonly [string, readonly string[]])[] =>
    topic === 'wallet'
      ? [[topic, [topic]]]
      : [
          [topic, playedCategories.map((category) => `${topic} ${category}`)],
          ...playedCategories.map((category) => [`${topic}.${category}`, [`${topic} ${category}`]] as const),
        ],
  ),
);

/** How long the client may be silent: ten minutes, or what it asked for in the URL. */
const patienceOf = ({ query }: RawRequest): number => {
  const asked = /(?:^|&)max_active_time=(\d+)(s|m)(?:&|$)/.exec(query);
  if (asked === null) return idleMs.standard;
  const ms = Number(asked[1]) * (asked[2] === 'm' ? 60_000 : 1_000);
  return Math.min(Math.max(ms, idleMs.least), idleMs.most);
};

/** The all-in-one topic and the ones by category exclude each other in one request. */
const isMixed = (asked: readonly string[]): boolean =>
  topics.some((topic) => asked.includes(topic) && asked.some((name) => name.startsWith(`${topic}.`)));

type Told = { readonly success: boolean; readonly ret_msg: string };
const refused = (ret_msg: string): Told => ({ success: false, ret_msg });
const done: Told = { success: true, ret_msg: '' };

const createSession = (parts: BybitParts, connection: Connection, ip: string, connId: string) => {
  const { clock, accounts, stats, streams, ids } = parts.world;
  const subscriptions = new Map<string, () => void>();
  let account: Account | undefined;

  const auth = ({ args }: ClientFrame): Told => {
    if (account !== undefined) return refused('Repeat auth');
    try {
      account = authenticateStream(args, ip, { accounts, stats, nowMs: clock.now() });
      return done;
    } catch (error) {
      if (error instanceof BybitRefusal) return refused(error.message);
      throw error;
    }
  };

  const listen = ({ apiKey }: Account, topic: string): void => {
    const names = published[topic] ?? [];
    const write = ({ topic: name, body, event, clientOrderId }: Published): Frame | undefined =>
      names.includes(name)
        ? {
            apiKey,
            event,
            ...(clientOrderId === undefined ? {} : { clientOrderId }),
            text: JSON.stringify({ id: wireUuid(ids.nextSequence()), topic, creationTime: clock.now(), data: [body] }),
          }
        : undefined;
    if (!subscriptions.has(topic)) subscriptions.set(topic, streams.subscribe(connection, apiKey, write).end);
  };

  const subscribe = ({ args }: ClientFrame): Told => {
    if (account === undefined) return refused('Request not authorized');
    const asked = args.map(String);
    const unknown = asked.find((topic) => published[topic] === undefined);
    if (asked.length === 0) return refused('error:invalid args');
    if (unknown !== undefined) return refused(`error:handler not found,topic:${unknown}`);
    if (isMixed([...asked, ...subscriptions.keys()]))
      return refused('error:all-in-one topic and categorised topic cannot be mixed');
    for (const topic of asked) listen(account, topic);
    return done;
  };
  const unsubscribe = ({ args }: ClientFrame): Told => {
    for (const topic of args.map(String)) {
      subscriptions.get(topic)?.();
      subscriptions.delete(topic);
    }
    return done;
  };

  const answers: Readonly<Record<string, (frame: ClientFrame) => Told>> = { auth, subscribe, unsubscribe };
  return (frame: ClientFrame): object => {
    const { req_id } = frame.fields;
    const named = req_id === undefined ? {} : { req_id };
    if (frame.op === 'ping') return { ...named, op: 'pong', args: [String(clock.now())], conn_id: connId };
    const answer = answers[frame.op];
    if (answer === undefined) return { ...refused('error:invalid op'), conn_id: connId, request: frame.fields, ...named };
    return { ...answer(frame), op: frame.op, ...named, conn_id: connId };
  };
};

/** `/v5/private`: the events of the one account that logs in. */
export const privateSocket = (parts: BybitParts, allows: () => boolean, refusal: SocketEndpoint['open']): SocketEndpoint => ({
  path,
  open: (raw) => {
    if (!allows()) return refusal(raw);
    const { streams, ids, clock } = parts.world;
    return (link) => {
      const connection = streams.open(link, { exchange: 'bybit', path, ip: raw.ip });
      const answer = createSession(parts, connection, raw.ip, wireUuid(ids.nextSequence()));
      let heardAtMs = clock.now();
      connection.every(
        () => idleCheckMs,
        () => {
          if (clock.now() - heardAtMs >= patienceOf(raw)) connection.close(goingAway, 'no activity');
        },
      );
      return {
        message: (text) => {
          heardAtMs = clock.now();
          connection.answer(JSON.stringify(answer(readFrame(text))));
        },
        pong: connection.pong,
        closed: connection.ended,
      };
    };
  },
});
