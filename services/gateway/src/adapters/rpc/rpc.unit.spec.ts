import { RpcError, type RpcClient } from '@latchkey/messaging';
import { describe, expect, it } from 'vitest';
import { createRpc } from './rpc.js';

const failing = (error: Error) => {
  const call = async (): Promise<never> => {
    throw error;
  };
  return createRpc({ call } as Pick<RpcClient, 'call'>);
};
const outcome = (error: Error) => failing(error).call('qry.audit.entries', { limit: 1 });

describe('a call without an answer', () => {
  it.each([
    ['rpc.unavailable', 'rpc.unavailable'],
    ['rpc.overloaded', 'rpc.unavailable'],
    ['rpc.timeout', 'rpc.timeout'],
    ['rpc.forbidden', 'rpc.bad_reply'],
    ['rpc.bad_reply', 'rpc.bad_reply'],
  ])('%s names the part that is away and what still works', async (code, expected) => {
    const thrown = outcome(new RpcError(code, 'x'));
    await expect(thrown).rejects.toMatchObject({ code: expected, details: { part: 'audit' } });
  });
});

describe("an owner's refusal", () => {
  it('goes through under its own code', async () => {
    await expect(outcome(new RpcError('audit.bad_cursor', 'x', {}, { refused: true }))).rejects.toMatchObject({
      code: 'audit.bad_cursor',
    });
  });

  it('that no catalogue knows is no mistake of the caller', async () => {
    const unknown = outcome(new RpcError('audit.new_code', 'x', {}, { refused: true }));
    await expect(unknown).rejects.toMatchObject({ code: 'rpc.refused', details: { part: 'audit', reason: 'audit.new_code' } });
  });
});
