import type { FastifyInstance, FastifyRequest } from 'fastify';
import { refusal } from '../../app/errors.js';
import { nestsAtMost } from '../../domain/alert/read-json.js';

const webhookPrefix = '/api/webhooks/';
const keyPrefix = '/api/user-api-keys';
const alertLimitBytes = 100 * 1024;
const apiLimitBytes = 16 * 1024;
const maxDepth = 16;

/** The route's template (`/api/strategies/:id`); nothing of the actual address, which may carry a webhook token. */
export const routeOf = (request: FastifyRequest): string =>
  (request.routeOptions as FastifyRequest['routeOptions'] | undefined)?.url ?? 'unknown';

export const isWebhook = (route: string): boolean => route.startsWith(webhookPrefix);

/** Routes whose input must never come back in any form. */
export const isDelicate = (route: string): boolean => isWebhook(route) || route.startsWith(keyPrefix);

const isJson = (contentType: string | undefined): boolean =>
  contentType?.split(';')[0]?.trim().toLowerCase() === 'application/json';

const readJson = (text: string): unknown => {
  if (!nestsAtMost(maxDepth, text)) throw refusal('request.malformed_json');
  try {
    return JSON.parse(text);
  } catch {
    throw refusal('request.malformed_json'); // JSON.parse's own message quotes the text
  }
};

const parse = (request: FastifyRequest, bytes: Buffer): unknown => {
  if (isWebhook(routeOf(request))) return bytes.toString('utf8');
  if (bytes.length === 0) return undefined;
  if (!isJson(request.headers['content-type'])) throw refusal('request.content_type');
  return readJson(bytes.toString('utf8'));
};

/**
 * One parser for every body. Webhooks get the text whatever its content type says, since TradingView sends JSON as text/plain too; the
 * API takes JSON only. The bytes are wiped, as they may hold an API secret.
 */
export const useBodyParser = (server: FastifyInstance): void => {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser<Buffer>('*', { parseAs: 'buffer' }, (request, bytes, done) => {
    try {
      done(null, parse(request, bytes));
    } catch (error) {
      done(error as Error);
    } finally {
      bytes.fill(0);
    }
  });
  // Fastify refuses a content type that it cannot read before any parser sees it.
  server.addHook('onRequest', (request, _reply, done) => {
    if (routeOf(request).startsWith(webhookPrefix)) request.headers['content-type'] = 'text/plain';
    done();
  });
  server.addHook('onRoute', (route) => {
    route.bodyLimit = route.url.startsWith(webhookPrefix) ? alertLimitBytes : apiLimitBytes;
  });
};
