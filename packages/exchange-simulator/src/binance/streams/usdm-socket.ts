import type { RawRequest } from '../../core/raw-http.js';
import type { ApiKey } from '../../core/names.js';
import type { Connection, Frame } from '../../core/streams/connection.js';
import type { SocketEndpoint } from '../../core/streams/socket-edge.js';
import type { Published, Subscription } from '../../core/streams/streams.js';
import type { BinanceParts } from './binance-parts.js';
import { usdmEvents } from './usdm-events.js';

const paths = ['/private/ws', '/private/stream'] as const;
/** A ping every 3 minutes; without a pong for ten the venue gives up. */
const ping = { everyMs: 180_000, deadMs: 600_000 };

const queryOf = (query: string): ReadonlyMap<string, string> =>
  new Map(
    query
      .split('&')
      .filter((pair) => pair !== '')
      .map((pair) => {
        const at = pair.indexOf('=');
        return at < 0 ? [pair, ''] : [pair.slice(0, at), decodeURIComponent(pair.slice(at + 1))];
      }),
  );

/** The endpoint of a path that may carry the listenKey behind it. */
export const usdmPathOf = (path: string): string => paths.find((known) => path === known || path.startsWith(`${known}/`)) ?? path;

const listenKeyOf = ({ path, query }: RawRequest, base: string): string => {
  const values = queryOf(query);
  return path === base ? (values.get('listenKey') ?? values.get('streams') ?? '') : path.slice(base.length + 1);
};

/** Absent, all of them. The separator is that of public code. */
const wantedOf = ({ query }: RawRequest): ReadonlySet<string> => {
  const asked = queryOf(query).get('events');
  return new Set(asked === undefined ? usdmEvents : asked.split('/'));
};

/** @returns stops listening */
const listening = (parts: BinanceParts, connection: Connection, raw: RawRequest, base: (typeof paths)[number]): (() => void) => {
  const { world, usdm } = parts;
  const { streams, clock } = world;
  const listenKey = listenKeyOf(raw, base);
  const wanted = wantedOf(raw);
  const framed = (body: object): string => JSON.stringify(base === '/private/stream' ? { stream: listenKey, data: body } : body);
  const owner = usdm.listenKeys.ownerOf(listenKey);
  // A key that does not live opens a connection all the same, on which nothing ever comes.
  if (owner === undefined) return () => undefined;
  const write =
    (apiKey: ApiKey) =>
    ({ topic, body, event, clientOrderId }: Published): Frame | undefined =>
      wanted.has(topic)
        ? { apiKey, event, ...(clientOrderId === undefined ? {} : { clientOrderId }), text: framed(body) }
        : undefined;
  const subscription: Subscription = streams.subscribe(connection, owner, write(owner));
  return usdm.listenKeys.onEnd(listenKey, (why) => {
    subscription.end();
    if (why === 'expired') connection.answer(framed({ e: 'listenKeyExpired', E: clock.now(), listenKey }));
  });
};

/** USDM's private streams: frames as they are, or each with the name of its stream. */
export const usdmSockets = (parts: BinanceParts): readonly SocketEndpoint[] =>
  paths.map((path) => ({
    path,
    open: (raw) => (link) => {
      const { streams } = parts.world;
      const connection = streams.open(link, { exchange: 'binance', path, ip: raw.ip, ping });
      const stop = listening(parts, connection, raw, path);
      return {
        // Subscriptions by method are for market streams; a private one takes nothing.
        message: () => undefined,
        pong: connection.pong,
        closed: () => {
          stop();
          connection.ended();
        },
      };
    },
  }));
