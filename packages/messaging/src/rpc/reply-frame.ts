import { rpcReplyFrame, type RpcDefinition, type RpcReplyFrame } from '@latchkey/contracts';
import { RpcError } from './rpc-error.js';

const badReply = (subject: string, why: string): RpcError =>
  new RpcError('rpc.bad_reply', `the answer to "${subject}" ${why}; deploy matching versions`, { subject });

const parsed = (subject: string, reply: unknown): RpcReplyFrame => {
  let value = reply;
  if (typeof reply === 'string') {
    try {
      value = JSON.parse(reply);
    } catch {
      throw badReply(subject, 'is not JSON'); // no cause: it would quote the answer
    }
  }
  const frame = rpcReplyFrame.safeParse(value);
  if (!frame.success) throw badReply(subject, 'is neither a value nor a refusal');
  return frame.data;
};

/** The value of an answer, not yet checked against its row; a refusal is thrown as what the owner said. */
export const readFrame = (subject: string, reply: unknown, { refusalOnly = false } = {}): unknown => {
  const frame = parsed(subject, reply);
  if (!frame.ok) {
    const { code, message, details = {} } = frame.error;
    throw new RpcError(code, message, details, { refused: true });
  }
  if (refusalOnly) throw badReply(subject, 'is not sealed, as its row says it must be');
  return frame.value;
};

/** An answer's value, checked against its row. */
export const valueOf = (subject: string, row: RpcDefinition, value: unknown): unknown => {
  const reply = row.reply.safeParse(value);
  if (!reply.success) throw badReply(subject, 'does not have the shape of its row');
  return reply.data;
};
