import { WebSocket, type RawData } from 'ws';
import type { EgressRoute } from '../egress-route.js';
import { tunnelAgent } from './tunnel-agent.js';

export type StreamSocket = { readonly send: (message: object) => void; readonly close: () => void };

export type StreamSocketOptions = {
  readonly url: string;
  /** The venue's own, where a simulated one listens elsewhere. */
  readonly host?: string;
  /** The way out; the system's own by default. */
  readonly route?: EgressRoute;
  readonly connectTimeoutMs?: number;
  /** Neither a frame nor a ping nor an answer to ours for this long: whatever the socket says, nobody is there. */
  readonly silentAfterMs?: number;
  readonly onOpen: () => void;
  readonly onText: (text: string) => void;
  /** Once, however it ended. A code, never an address: it may hold a listenKey. */
  readonly onEnd: (why: string) => void;
};

const textOf = (data: RawData): string =>
  (Array.isArray(data) ? Buffer.concat(data) : Buffer.isBuffer(data) ? data : Buffer.from(data)).toString('utf8');

/** `ECONNRESET` and the like. The words of an error are left out: they may quote the address. */
const codeOf = (error: unknown): string => {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : 'refused';
};

/** One WebSocket: it tells when it is open, what it hears, and once that it is over. It answers pings by itself and sends its own. */
export const openStreamSocket = ({
  url,
  host,
  route,
  connectTimeoutMs = 10_000,
  silentAfterMs = 60_000,
  onOpen,
  onText,
  onEnd,
}: StreamSocketOptions): StreamSocket => {
  const socket = new WebSocket(url, {
    handshakeTimeout: connectTimeoutMs,
    followRedirects: false,
    perMessageDeflate: false,
    maxPayload: 1_048_576,
    ...(host !== undefined && { headers: { host } }),
    ...(route?.local !== undefined && { localAddress: route.local }),
    ...(route?.proxy !== undefined && { agent: tunnelAgent(route.proxy, url.startsWith('wss:')) }),
  });
  let heardAt = performance.now();
  let why = 'closed';
  const heard = (): void => {
    heardAt = performance.now();
  };
  const watch = setInterval(() => {
    if (performance.now() - heardAt > silentAfterMs) {
      why = 'silent';
      socket.terminate();
    } else if (socket.readyState === WebSocket.OPEN) socket.ping();
  }, silentAfterMs / 3);

  socket.on('open', () => {
    heard();
    onOpen();
  });
  socket.on('message', (data) => {
    heard();
    onText(textOf(data));
  });
  socket.on('ping', heard);
  socket.on('pong', heard);
  socket.on('error', (error) => {
    why = codeOf(error);
  });
  socket.on('close', () => {
    clearInterval(watch);
    onEnd(why);
  });
  return {
    send: (message) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
    },
    close: () => (socket.readyState === WebSocket.CONNECTING ? socket.terminate() : socket.close(1000)),
  };
};
