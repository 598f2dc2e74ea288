import type { SocketVenue, SocketLink } from '../core/streams/socket.js';
import type { Fields } from './control-client.js';

/** A WebSocket without a network: what the venue sent, and how it ended. */
export type PlayedSocket = {
  readonly frames: Fields[];
  /** As they were sent. */
  readonly texts: string[];
  /** Protocol pings that came. */
  readonly pings: () => number;
  /** `open`, `dropped`, or the code it was closed with. */
  readonly state: () => 'open' | 'dropped' | number;
  readonly send: (frame: object | string) => Fields;
  readonly pong: () => void;
  /** The client goes. */
  readonly leave: () => void;
};

/** Opens one, or gives the refusal of the upgrade. */
export const openSocket = async (
  sockets: SocketVenue,
  url: string,
  ip = '127.0.0.1',
): Promise<PlayedSocket | { readonly status: number | 'cut' }> => {
  const [path = '', query = ''] = url.split('?');
  const opening = await sockets({ method: 'GET', path, query, body: '', headers: {}, ip });
  if (opening.kind !== 'open') return { status: opening.kind === 'cut' ? 'cut' : opening.status };
  const texts: string[] = [];
  const frames: Fields[] = [];
  let pings = 0;
  let state: ReturnType<PlayedSocket['state']> = 'open';
  const link: SocketLink = {
    send: (text) => {
      texts.push(text);
      frames.push(JSON.parse(text) as Fields);
    },
    ping: () => {
      pings += 1;
    },
    close: (code) => {
      state = code;
    },
    drop: () => {
      state = 'dropped';
    },
  };
  const handler = opening.start(link);
  return {
    frames,
    texts,
    pings: () => pings,
    state: () => state,
    send: (frame) => {
      const before = frames.length;
      handler.message(typeof frame === 'string' ? frame : JSON.stringify(frame));
      return frames.slice(before).at(-1) ?? {};
    },
    pong: handler.pong,
    leave: handler.closed,
  };
};

/** The same where it must open. */
export const openedSocket = async (...call: Parameters<typeof openSocket>): Promise<PlayedSocket> => {
  const socket = await openSocket(...call);
  if ('status' in socket) throw new TypeError(`the upgrade was refused with ${socket.status}`);
  return socket;
};
