import type { RpcReplyInput, RpcRequest, RpcSubject } from '@latchkey/contracts';
import { Catch, UseFilters, type RpcExceptionFilter } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import { throwError, type Observable } from 'rxjs';
import type { RpcContext } from './rpc-context.js';

/** Nest's own filter turns whatever a handler throws into "Internal server error"; ours lets the strategy see it. */
@Catch()
class LetThrough implements RpcExceptionFilter {
  catch(exception: unknown): Observable<never> {
    return throwError(() => exception);
  }
}

/** A method that answers one row of the table: it gets the request as its schema reads it, and answers what the reply's schema takes. */
export type RpcHandler<Subject extends RpcSubject> = (
  request: RpcRequest<Subject>,
  context: RpcContext,
) => Promise<RpcReplyInput<Subject>>;

/**
 * Makes a controller's method the handler of a command or query. Needs no parameter decorators.
 *
 * An `AppError` that it throws becomes a refusal with that code, message and details: keep secrets out of them. Anything else is answered
 * `internal`, without its message, and logged.
 */
export const Rpc =
  <Subject extends RpcSubject>(subject: Subject) =>
  <Handler extends RpcHandler<Subject>>(target: object, name: string, descriptor: TypedPropertyDescriptor<Handler>): void => {
    Payload()(target, name, 0);
    Ctx()(target, name, 1);
    UseFilters(new LetThrough())(target, name, descriptor);
    MessagePattern(subject)(target, name, descriptor);
  };
