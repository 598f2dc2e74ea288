import type { FastifyInstance } from 'fastify';
import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import type { RawReply, RawRequest } from './raw-http.js';
import type { SocketHandler, SocketLink, SocketVenue } from './streams/socket.js';

const textOf = (data: RawData): string =>
  (Array.isArray(data) ? Buffer.concat(data) : Buffer.isBuffer(data) ? data : Buffer.from(data)).toString();

const upgradeRequest = ({ method = 'GET', url = '', headers, socket }: IncomingMessage): RawRequest => {
  const [path = '', ...query] = url.split('?');
  return { method, path, query: query.join('?'), body: '', headers, ip: socket.remoteAddress ?? '' };
};

/** An upgrade that is refused is answered like a plain request, and the connection is over. */
const refuse = (socket: Duplex, { status, headers, body }: Extract<RawReply, { kind: 'answer' }>): void => {
  const lines = Object.entries({ ...headers, connection: 'close', 'content-length': String(Buffer.byteLength(body)) });
  const head = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`, ...lines.map(([name, value]) => `${name}: ${value}`)];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
};

const dropped = new WeakSet<Duplex>();

/**
 * A reset, as a cable that is pulled looks from the other side; `terminate` would end the stream in good order. A connection that is being ended
 * already is only closed: a socket that is reset while it shuts down keeps its handle, and its process alive.
 */
const reset = (raw: Duplex): void => {
  if (dropped.has(raw)) return;
  dropped.add(raw);
  if ('resetAndDestroy' in raw && !raw.writableEnded) (raw as { resetAndDestroy: () => void }).resetAndDestroy();
  else raw.destroy();
};

const linkOf = (socket: WebSocket, raw: Duplex): SocketLink => ({
  send: (text) => socket.send(text),
  ping: () => socket.ping(),
  close: (code, reason) => socket.close(code, reason),
  drop: () => reset(raw),
});

const attach = (socket: WebSocket, raw: Duplex, start: (link: SocketLink) => SocketHandler): void => {
  const handler = start(linkOf(socket, raw));
  socket.on('message', (data) => handler.message(textOf(data)));
  socket.on('pong', () => handler.pong());
  socket.on('close', () => handler.closed());
  socket.on('error', () => undefined); // 'close' follows
};

/** Serves upgrades beside an app's requests. @returns ends every socket, which the app's own close would wait for */
export const serveSockets = (app: FastifyInstance, open: SocketVenue): (() => void) => {
  const sockets = new WebSocketServer({ noServer: true });
  const raws = new Set<Duplex>();
  app.server.on('upgrade', (request: IncomingMessage, raw: Duplex, head: Buffer) => {
    raws.add(raw);
    raw.once('close', () => raws.delete(raw));
    raw.on('error', () => undefined);
    void open(upgradeRequest(request)).then((opening) => {
      if (opening.kind === 'cut') return reset(raw);
      if (opening.kind === 'answer') return refuse(raw, opening);
      return sockets.handleUpgrade(request, raw, head, (socket) => attach(socket, raw, opening.start));
    });
  });
  return () => {
    for (const raw of raws) reset(raw);
  };
};
