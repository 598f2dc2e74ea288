import { messageOf } from '@latchkey/kernel';
import { errors } from '@nats-io/transport-node';
import { RpcError } from './rpc-error.js';

export const unavailable = (subject: string, why: string, cause?: unknown): RpcError =>
  new RpcError('rpc.unavailable', `"${subject}" was not asked: ${why}; try again`, { subject }, { cause });

/** What nats.js says, in terms of what may have happened: not asked, asked without an answer, or not allowed. */
export const transportError = (subject: string, deadlineMs: number, error: unknown): RpcError => {
  if (error instanceof errors.RequestError && error.isNoResponders()) return unavailable(subject, 'its owner is away', error);
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  if (cause instanceof errors.PermissionViolationError) {
    return new RpcError(
      'rpc.forbidden',
      `this identity may not call "${subject}"; its row in contracts names the callers`,
      { subject },
      { cause },
    );
  }
  if (error instanceof errors.TimeoutError) {
    return new RpcError(
      'rpc.timeout',
      `no answer to "${subject}" within ${deadlineMs} ms; it may have been done`,
      { subject, deadlineMs },
      { cause },
    );
  }
  const lost = `the connection was lost before the answer to "${subject}"; it may have been done (${messageOf(error)})`;
  return new RpcError('rpc.timeout', lost, { subject, deadlineMs }, { cause });
};
