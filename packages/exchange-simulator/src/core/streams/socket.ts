import type { RawReply, RawRequest } from '../raw-http.js';

/** The venue's end of a WebSocket: what a transport does for it. After `close` and `drop` nothing else is called. */
export type SocketLink = {
  readonly send: (text: string) => void;
  /** A protocol ping, not a message. */
  readonly ping: () => void;
  readonly close: (code: number, reason: string) => void;
  /** Reset, without a closing frame. */
  readonly drop: () => void;
};

/** What a transport tells the venue. */
export type SocketHandler = {
  readonly message: (text: string) => void;
  readonly pong: () => void;
  /** The client has gone, or the link was closed from here. */
  readonly closed: () => void;
};

/** The answer to an upgrade: a socket, or what a plain request would be told instead. */
export type Opening =
  | { readonly kind: 'open'; readonly start: (link: SocketLink) => SocketHandler }
  | Extract<RawReply, { kind: 'answer' | 'cut' }>;

/** A venue's WebSocket side: the bytes of an upgrade request in. */
export type SocketVenue = (raw: RawRequest) => Promise<Opening>;
