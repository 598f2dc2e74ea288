import type { RpcReplyFrame, RpcSubject } from '@latchkey/contracts';
import { AppError, InvariantError } from '@latchkey/kernel';
import type { MessagingLog } from '../log.js';

const frameOf = ({ code, message, details }: AppError): RpcReplyFrame => ({
  ok: false,
  error: { code, message, details: { ...details } },
});

/** What a thrown thing becomes: ours is a refusal with its code; a defect of ours, and anything else, stays in our log. */
export const refusalOf = (subject: RpcSubject, error: unknown, log: MessagingLog): RpcReplyFrame => {
  if (error instanceof AppError && !(error instanceof InvariantError)) {
    log.info({ subject, code: error.code }, 'refused');
    return frameOf(error);
  }
  log.error({ subject, err: error }, 'a handler failed');
  return { ok: false, error: { code: 'internal', message: `"${subject}" failed inside its owner; see the owner's log` } };
};

/**
 * The refusal of somebody who is not known: counted by its code, and no line of the log each, or whoever floods a subject would also fill our
 * disk.
 */
export const turnedAway = (
  subject: RpcSubject,
  error: unknown,
  log: MessagingLog,
  count: (subject: RpcSubject, code: string) => void,
): RpcReplyFrame => {
  if (!(error instanceof AppError) || error instanceof InvariantError) return refusalOf(subject, error, log);
  count(subject, error.code);
  log.debug({ subject, code: error.code }, 'turned away');
  return frameOf(error);
};
