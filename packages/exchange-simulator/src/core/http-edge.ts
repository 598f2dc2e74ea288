import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { AddressInfo } from 'node:net';
import type { RawReply, RawRequest } from './raw-http.js';
import type { SocketVenue } from './streams/socket.js';
import { serveSockets } from './ws-edge.js';

export type RunningServer = { readonly url: string; readonly stop: () => Promise<void> };

/** Only this machine may reach a simulator: its control API has no credentials. */
const loopback = '127.0.0.1';

const methods = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH'];

const rawRequest = (request: FastifyRequest): RawRequest => {
  const [path = '', ...query] = (request.raw.url ?? '').split('?');
  return {
    method: request.method,
    path,
    query: query.join('?'),
    body: Buffer.isBuffer(request.body) ? request.body.toString('latin1') : '',
    headers: request.headers,
    ip: request.ip,
  };
};

const listen = async (app: FastifyInstance, port: number): Promise<RunningServer> => {
  // A venue's edge lets nobody knock twice: a queue that overflows makes connections take seconds, or fail.
  await app.listen({ host: loopback, port, backlog: 4_096 });
  const { port: bound } = app.server.address() as AddressInfo;
  return { url: `http://${loopback}:${bound}`, stop: () => app.close() };
};

const stall = async (
  { raw }: FastifyReply,
  { status, headers, body, hold }: Extract<RawReply, { kind: 'stall' }>,
): Promise<void> => {
  const bytes = Buffer.from(body);
  raw.writeHead(status, { ...headers, 'content-length': String(bytes.byteLength) });
  raw.write(bytes.subarray(0, Math.floor(bytes.byteLength / 2)));
  await Promise.race([hold.ended, new Promise((resolve) => raw.once('close', resolve))]);
  hold.release();
};

/** Serves every method and path by one function of the bytes received, and upgrades by another. */
export const serveRaw = async (
  port: number,
  handle: (request: RawRequest) => Promise<RawReply>,
  open: SocketVenue,
): Promise<RunningServer> => {
  const app = fastify({ logger: false, forceCloseConnections: true });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.route({
    method: methods,
    url: '*',
    handler: async (request, reply) => {
      const result = await handle(rawRequest(request));
      if (result.kind !== 'answer') {
        reply.hijack();
        if (result.kind === 'stall') await stall(reply, result);
        request.raw.socket.resetAndDestroy();
        return reply;
      }
      return reply.code(result.status).headers(result.headers).send(result.body);
    },
  });
  const endSockets = serveSockets(app, open);
  const { url, stop } = await listen(app, port);
  return {
    url,
    stop: () => {
      endSockets();
      return stop();
    },
  };
};
