import type { Accounts } from '../accounts.js';
import type { SimClock } from '../clock.js';
import type { Faults } from '../faults.js';
import type { ApiKey, Exchange } from '../names.js';
import type { Timers } from '../timers.js';
import { createConnection, goingAway, type Connection, type ConnectionAbout, type Frame } from './connection.js';
import type { SocketLink } from './socket.js';

/** What a test may set about all streams. */
export type StreamSettings = {
  /** Whether an event leaves before the answer to the request that caused it, or shortly after; venues promise neither. */
  readonly events: 'before-reply' | 'after-reply';
  /** Milliseconds between protocol pings; null: the venue's own. */
  readonly pingMs: number | null;
  /** Without a pong for so long a connection is closed; null: the venue's own patience. */
  readonly pongMs: number | null;
  /** What becomes of the streams of a key that is revoked meanwhile: not documented by any venue. */
  readonly revoked: 'silent' | 'close' | 'unchanged';
};

/** How the control API shows a connection. */
export type ConnectionView = {
  readonly id: number;
  readonly exchange: Exchange;
  readonly path: string;
  readonly apiKeys: readonly ApiKey[];
  readonly openedAt: string;
};

/** Which connections are meant; an absent field matches all. */
export type ConnectionFilter = { readonly exchange?: Exchange; readonly apiKey?: string; readonly path?: string };

export type Streams = {
  readonly settings: () => StreamSettings;
  readonly set: (change: Partial<StreamSettings>) => StreamSettings;
  readonly open: (link: SocketLink, about: ConnectionAbout) => Connection;
  /** From now on the connection gets the account's events, made into text by `write`. */
  readonly subscribe: (connection: Connection, apiKey: ApiKey, write: (event: Published) => Frame | undefined) => Subscription;
  /** Whether anybody listens to the account: who writes events asks first, since most accounts have no stream. */
  readonly hears: (apiKey: ApiKey) => boolean;
  /** An event of an account, to all who listen. */
  readonly publish: (apiKey: ApiKey, event: Published) => void;
  readonly view: () => readonly ConnectionView[];
  /** Ends connections as the network or the venue would; how many. */
  readonly end: (filter: ConnectionFilter, how: 'drop' | 'close' | 'shutdown') => number;
};

/** What happened, in the venue's own terms; a subscription turns it into a frame, or leaves it. */
export type Published = { readonly exchange: Exchange; readonly topic: string; readonly body: object } & Pick<
  Frame,
  'event' | 'clientOrderId'
>;
export type Subscription = { readonly apiKey: ApiKey; readonly end: () => void };

type Listener = {
  readonly connection: Connection;
  readonly apiKey: ApiKey;
  readonly write: (event: Published) => Frame | undefined;
};

/** Long enough for the answer to leave first. */
const afterReplyMs = 1;
const shutdownMs = 0;

type Parts = { readonly clock: SimClock; readonly timers: Timers; readonly faults: Faults; readonly accounts: Accounts };

/** All WebSockets of one simulation. */
export const createStreams = ({ clock, timers, faults, accounts }: Parts): Streams => {
  const connections = new Map<number, Connection>();
  const listeners = new Map<ApiKey, Set<Listener>>();
  let settings: StreamSettings = { events: 'before-reply', pingMs: null, pongMs: null, revoked: 'silent' };
  let lastId = 0;

  const forget = (listener: Listener): void => {
    const own = listeners.get(listener.apiKey);
    own?.delete(listener);
    if (own?.size === 0) listeners.delete(listener.apiKey);
  };
  const onEnd = (connection: Connection): void => {
    connections.delete(connection.id);
    for (const own of listeners.values()) for (const listener of own) if (listener.connection === connection) forget(listener);
  };

  const deliver = ({ connection, apiKey, write }: Listener, event: Published): void => {
    const revoked = accounts.find(apiKey)?.revoked ?? true;
    if (revoked && settings.revoked === 'silent') return;
    if (revoked && settings.revoked === 'close') return connection.close(goingAway, 'key revoked');
    const frame = write(event);
    if (frame !== undefined) connection.deliver(frame);
  };

  return {
    settings: () => settings,
    set: (change) => (settings = { ...settings, ...change }),
    open: (link, about) => {
      const connection = createConnection((lastId += 1), link, about, { clock, faults, pace: () => settings, onEnd });
      connections.set(connection.id, connection);
      return connection;
    },
    subscribe: (connection, apiKey, write) => {
      const listener: Listener = { connection, apiKey, write };
      const own = listeners.get(apiKey) ?? new Set();
      listeners.set(apiKey, own.add(listener));
      return { apiKey, end: () => forget(listener) };
    },
    hears: (apiKey) => listeners.has(apiKey),
    publish: (apiKey, event) => {
      const own = [...(listeners.get(apiKey) ?? [])];
      if (own.length === 0) return;
      const tell = (): void => {
        for (const listener of own) deliver(listener, event);
      };
      if (settings.events === 'before-reply') tell();
      else timers.later(afterReplyMs, tell);
    },
    view: () =>
      [...connections.values()].map(({ id, about, openedAtMs }) => ({
        id,
        exchange: about.exchange,
        path: about.path,
        apiKeys: [...listeners].filter(([, own]) => [...own].some((one) => one.connection.id === id)).map(([apiKey]) => apiKey),
        openedAt: new Date(openedAtMs).toISOString(),
      })),
    end: ({ exchange, apiKey, path }, how) => {
      const listens = (connection: Connection): boolean =>
        [...(listeners.get(apiKey as ApiKey) ?? [])].some((one) => one.connection === connection);
      const meant = [...connections.values()].filter(
        (connection) =>
          (exchange === undefined || connection.about.exchange === exchange) &&
          (path === undefined || connection.about.path === path) &&
          (apiKey === undefined || listens(connection)),
      );
      for (const connection of meant) {
        if (how === 'drop') connection.drop();
        else if (how === 'close') connection.close(goingAway, 'connection closed');
        else connection.shutDown(shutdownMs);
      }
      return meant.length;
    },
  };
};
