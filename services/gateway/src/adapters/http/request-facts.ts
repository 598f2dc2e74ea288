import { newTraceparent, traceIdOf, type Traceparent } from '@latchkey/kernel';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Caller } from '../../app/caller.js';
import type { UserRequest } from '../../app/command-context.js';
import { refusal } from '../../app/errors.js';

declare module 'fastify' {
  interface FastifyRequest {
    traceparent?: Traceparent;
    caller?: Caller;
  }
}

/** A trace of our own for every request: whoever calls us does not get to choose what our records are found by. */
export const traceparentOf = (request: FastifyRequest): Traceparent => (request.traceparent ??= newTraceparent());

export const traceIdOfRequest = (request: FastifyRequest): string => traceIdOf(traceparentOf(request));

const callerOf = (request: FastifyRequest): Caller => {
  if (!request.caller) throw refusal('auth.token_missing'); // a route without its guard must not serve anybody
  return request.caller;
};

const maxUserAgentLength = 256;

/** The caller, where they call from, and the trace: what a command needs to know of its request. */
const userRequestOf = (request: FastifyRequest): UserRequest => ({
  caller: callerOf(request),
  source: { address: request.ip, userAgent: (request.headers['user-agent'] ?? '').slice(0, maxUserAgentLength) },
  traceparent: traceparentOf(request),
});

const requestOf = (context: ExecutionContext): FastifyRequest => context.switchToHttp().getRequest<FastifyRequest>();

/** Injects the verified caller. */
export const CurrentCaller = createParamDecorator((_data: unknown, context: ExecutionContext) => callerOf(requestOf(context)));

/** Injects the {@link UserRequest}. */
export const CurrentRequest = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  userRequestOf(requestOf(context)),
);
