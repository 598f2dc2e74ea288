import type { CallerName, RpcReplyFrame, RpcSubject } from '@latchkey/contracts';
import { AppError, InvariantError, type Clock } from '@latchkey/kernel';
import { sealReply, type MessageKey } from '@latchkey/sealing';
import type { MessagingLog } from '../log.js';
import { replyType } from '../rpc/wire.js';
import type { Incoming } from './authenticate.js';

/** What a thrown thing becomes: ours is a refusal with its code; a defect of ours, and anything else, stays in our log. */
export const refusalOf = (subject: RpcSubject, error: unknown, log: MessagingLog): RpcReplyFrame => {
  if (error instanceof AppError && !(error instanceof InvariantError)) {
    log.info({ subject, code: error.code }, 'refused');
    return { ok: false, error: { code: error.code, message: error.message, details: { ...error.details } } };
  }
  log.error({ subject, err: error }, 'a handler failed');
  return { ok: false, error: { code: 'internal', message: `"${subject}" failed inside its owner; see the owner's log` } };
};

/** The bytes of a reply: plain, or sealed where the row says so and the caller is known. */
export const replyText = async (
  frame: RpcReplyFrame,
  incoming: Incoming | undefined,
  { messageKey, clock }: { readonly messageKey: MessageKey; readonly clock: Clock },
): Promise<string> => {
  if (incoming?.sealTo === undefined) return JSON.stringify(frame);
  const { recipient, requestId } = incoming.sealTo;
  const audience: CallerName = incoming.context.caller;
  return sealReply({
    key: messageKey,
    audience,
    type: replyType(incoming.context.subject),
    payload: { requestId, frame },
    recipient,
    clock,
  });
};
