import { markFailed, meter, startTrace, traceparentOf, withinSpan } from '@latchkey/tracing';
import { SpanKind, type Span } from '@opentelemetry/api';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isWebhook, routeOf } from './body-parser.js';

declare module 'fastify' {
  interface FastifyRequest {
    span?: Span;
  }
}

const isProbe = (route: string): boolean => route.startsWith('/health/');

/**
 * A trace for every request, under the route's template. Always one of our own: whoever calls us chooses neither what our records are found
 * by nor what is sampled, so a `traceparent` that comes in means nothing; answers tell ours in `x-trace-id`. Of the request itself only
 * method, template and status are kept.
 */
const begin = (request: FastifyRequest): Span | undefined => {
  const route = routeOf(request);
  if (isProbe(route)) return undefined;
  const known = route !== 'unknown';
  const span = startTrace(known ? `${request.method} ${route}` : request.method, {
    kind: SpanKind.SERVER,
    attributes: { 'http.request.method': request.method, ...(known && { 'http.route': route }) },
  });
  const traceparent = traceparentOf(span);
  if (traceparent === undefined) return undefined; // nobody collects spans
  request.traceparent = traceparent;
  request.span = span;
  return span;
};

const createFigures = () => {
  const duration = meter().createHistogram('http.server.request.duration', {
    description: 'Time until a request was answered',
    unit: 's',
    advice: { explicitBucketBoundaries: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] },
  });
  const webhooks = meter().createCounter('latchkey.webhook.answers', {
    description: 'Answers to alerts, by status',
    unit: '{answer}',
  });
  return (request: FastifyRequest, reply: FastifyReply): void => {
    const route = routeOf(request);
    if (isProbe(route)) return;
    const answer = { 'http.response.status_code': reply.statusCode };
    duration.record(reply.elapsedTime / 1_000, { 'http.request.method': request.method, 'http.route': route, ...answer });
    if (isWebhook(route)) webhooks.add(1, answer);
  };
};

/** Spans and figures of requests; before all other hooks, so that they see the trace. */
export const useTelemetryHooks = (server: FastifyInstance): void => {
  const record = createFigures();
  server.addHook('onRequest', (request, reply, done) => {
    const span = begin(request);
    // Also when the caller hangs up before the answer.
    reply.raw.once('close', () => {
      record(request, reply);
      span?.setAttribute('http.response.status_code', reply.statusCode);
      if (span && reply.statusCode >= 500) markFailed(span, String(reply.statusCode));
      span?.end();
    });
    withinSpan(span, done);
  });
  // The body arrives in the socket's own context.
  server.addHook('preValidation', (request, _reply, done) => withinSpan(request.span, done));
};
