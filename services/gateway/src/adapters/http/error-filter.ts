import { messageOf } from '@latchkey/kernel';
import type { Logger } from '@latchkey/service-kit';
import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isDelicate, routeOf } from './body-parser.js';
import { errorAnswer, type ErrorAnswer } from './error-answer.js';
import { traceIdOfRequest } from './request-facts.js';
import type { KnownRoutes } from './known-routes.js';

export type ErrorResponder = (error: unknown, request: FastifyRequest, reply: FastifyReply) => void;

type Deps = { readonly log: Pick<Logger, 'error'>; readonly routes: Pick<KnownRoutes, 'methodsFor'> };

const send = (reply: FastifyReply, { status, body }: ErrorAnswer): void => {
  const { details } = body.error;
  if (status === 401) void reply.header('www-authenticate', 'Bearer');
  if (typeof details?.['retryAfterSeconds'] === 'number') void reply.header('retry-after', String(details['retryAfterSeconds']));
  void reply.status(status).type('application/json; charset=utf-8').send(JSON.stringify(body));
};

/** Answers an error in our form, wherever in the server it came up. */
export const createErrorResponder =
  ({ log, routes }: Deps): ErrorResponder =>
  (error, request, reply) => {
    const route = routeOf(request);
    const context = { traceId: traceIdOfRequest(request), ownWordsOnly: isDelicate(route) };
    const answer = errorAnswer(error, context);
    if (answer.unexpected) {
      // Of a delicate route only the kind of the error: its message may hold what was sent.
      const fields = context.ownWordsOnly ? { kind: error instanceof Error ? error.name : typeof error } : { err: error };
      log.error({ ...fields, route, traceId: context.traceId }, context.ownWordsOnly ? 'unexpected error' : messageOf(error));
    }
    const allowed = answer.body.error.code === 'route.not_found' ? routes.methodsFor(request.url) : [];
    if (allowed.length === 0 || allowed.includes(request.method)) return send(reply, answer);
    void reply.header('allow', allowed.join(', '));
    return send(reply, errorAnswer({ statusCode: 405, code: 'method' }, context));
  };

/** Nest's last resort for everything thrown in controllers, pipes and guards. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  constructor(private readonly respond: ErrorResponder) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.respond(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }
}
