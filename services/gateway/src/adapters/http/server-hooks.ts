import type { Logger } from '@latchkey/service-kit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { refusal } from '../../app/errors.js';
import { routeOf } from './body-parser.js';
import { traceIdOfRequest } from './request-facts.js';

const apiPolicy = "default-src 'none'; frame-ancestors 'none'";
// The documents page brings its own scripts and inline styles, and talks to this server alone.
const docsPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'";

const isDocs = (url: string): boolean => url === '/docs' || url.startsWith('/docs/');

const secure = (request: FastifyRequest, reply: FastifyReply): void => {
  void reply
    .header('content-security-policy', isDocs(request.url) ? docsPolicy : apiPolicy)
    .header('x-content-type-options', 'nosniff')
    .header('x-frame-options', 'DENY')
    .header('referrer-policy', 'no-referrer')
    .header('cross-origin-resource-policy', 'same-origin')
    .header('x-trace-id', traceIdOfRequest(request));
  if (!reply.hasHeader('cache-control')) void reply.header('cache-control', 'no-store');
  if (request.protocol === 'https') void reply.header('strict-transport-security', 'max-age=31536000; includeSubDomains');
};

/** Security headers on every answer, https where it is asked for, and one log line per request that names its route and nothing it carried. */
export const useServerHooks = (
  server: FastifyInstance,
  { requireHttps, log }: { readonly requireHttps: boolean; readonly log: Pick<Logger, 'debug'> },
): void => {
  server.addHook('onRequest', (request, reply, done) => {
    secure(request, reply);
    // Probes come from inside, without TLS.
    const open = routeOf(request).startsWith('/health/');
    done(requireHttps && !open && request.protocol !== 'https' ? refusal('transport.https_required') : undefined);
  });
  server.addHook('onResponse', (request, reply, done) => {
    log.debug(
      {
        method: request.method,
        route: routeOf(request),
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
        traceId: traceIdOfRequest(request),
      },
      'request',
    );
    done();
  });
};
