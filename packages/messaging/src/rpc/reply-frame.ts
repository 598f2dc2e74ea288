import { rpcReplyFrame, type RpcDefinition, type RpcReplyFrame } from '@latchkey/contracts';
import { RpcError } from './rpc-error.js';

const badReply = (subject: string, why: string): RpcError =>
  new RpcError('rpc.bad_reply', `the answer to "${subject}" ${why}; deploy matching versions`, { subject });

const parsed = (subject: string, reply: string): RpcReplyFrame => {
  let value: unknown;
  try {
    value = JSON.parse(reply);
  } catch {
    throw badReply(subject, 'is not JSON'); // no cause: it would quote the answer
  }
  const frame = rpcReplyFrame.safeParse(value);
  if (!frame.success) throw badReply(subject, 'is neither a value nor a refusal');
  return frame.data;
};

/** The value of an answer, not yet checked against its row; a refusal is thrown as what the owner said. */
export const readFrame = (subject: string, reply: string): unknown => {
  const frame = parsed(subject, reply);
  if (!frame.ok) {
    const { code, message, details = {} } = frame.error;
    throw new RpcError(code, message, details, { refused: true });
  }
  return frame.value;
};

/** An answer's value, checked against its row. */
export const valueOf = (subject: string, row: RpcDefinition, value: unknown): unknown => {
  const reply = row.reply.safeParse(value);
  if (!reply.success) throw badReply(subject, 'does not have the shape of its row');
  return reply.data;
};
