import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Logger } from '../logger/create-logger.js';
import type { Health } from './health.js';
import { listen } from './listen.js';

export type HealthServer = { readonly port: number; readonly close: () => Promise<void> };

const answer = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
};

const handle = async (request: IncomingMessage, response: ServerResponse, health: Health): Promise<void> => {
  const path = request.url?.split('?', 1)[0];
  if (request.method !== 'GET' && request.method !== 'HEAD') return answer(response, 405, { status: 'method_not_allowed' });
  if (path === '/health/live') return answer(response, 200, { status: 'ok' });
  if (path !== '/health/ready') return answer(response, 404, { status: 'not_found' });
  const { ok, status, parts } = await health.ready();
  answer(response, ok ? 200 : 503, { status, parts });
};

/**
 * `GET /health/live` (the process answers) and `GET /health/ready` (200 or 503, `{status, parts}`), for services without an API of their own.
 *
 * @param options.port 0 takes a free one
 * @throws {ServiceKitError} `service.port_in_use`, `service.cannot_listen`
 */
export const startHealthServer = async (options: {
  readonly port: number;
  readonly host?: string;
  readonly health: Health;
  readonly log: Pick<Logger, 'error' | 'info'>;
}): Promise<HealthServer> => {
  const { port, host = '127.0.0.1', health, log } = options;
  const server = createServer((request, response) => {
    handle(request, response, health).catch((error: unknown) => {
      log.error({ err: error }, 'health could not be told');
      answer(response, 500, { status: 'unknown' });
    });
  });
  const listening = await listen(server, port, host);
  server.on('error', (error) => log.error({ err: error }, 'health server'));
  log.info({ port: listening, host }, 'health is served');
  return {
    port: listening,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections(); // probes keep theirs alive, and would keep us
      }),
  };
};
