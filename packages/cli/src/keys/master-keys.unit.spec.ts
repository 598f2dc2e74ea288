import { operatorAnswerMessage, type RetiredKey } from '@latchkey/contracts';
import { newId } from '@latchkey/kernel';
import { createTrustedKeys, generateMessageKeyJwk, loadMessageKey, signMessage, type MessageKey } from '@latchkey/sealing';
import { beforeAll, describe, expect, it } from 'vitest';
import { believed } from './master-keys.js';

const answer: RetiredKey = { keyId: '0ddfbca2b70cb0aa', retiredAt: '2026-11-30T09:00:00.000Z', held: true };
const correlationId = newId();
let vault: MessageKey;
let stranger: MessageKey;
beforeAll(async () => {
  vault = await loadMessageKey('key-vault', await generateMessageKeyJwk());
  stranger = await loadMessageKey('key-vault', await generateMessageKeyJwk());
});

type Wrong = { readonly by?: MessageKey; readonly as?: { readonly audience: string; readonly type: string } };
const check = async (payload: object, { by = vault, as = operatorAnswerMessage }: Wrong = {}) => {
  const signed = await signMessage({ key: by, ...as, payload });
  const trusted = createTrustedKeys({ 'key-vault': [vault.publicJwk] });
  return believed<'cmd.key-vault.retire-key'>({ answer, signed }, correlationId, trusted);
};
const refused = expect.objectContaining({ code: 'cli.answer_not_believed' });

describe('an answer that an operator destroys a key for', () => {
  it('is believed when the vault has signed it for this run', async () => {
    expect(await check({ correlationId, answer })).toEqual(answer);
  });

  it('is not believed from anybody else, for another run, about anything else, or as another kind of message', async () => {
    await expect(check({ correlationId, answer }, { by: stranger })).rejects.toThrow(refused);
    await expect(check({ correlationId: newId(), answer })).rejects.toThrow(refused);
    await expect(check({ correlationId, answer: { ...answer, keyId: '6bbcb98a2c46e6e8' } })).rejects.toThrow(refused);
    await expect(check({ correlationId, answer }, { as: { ...operatorAnswerMessage, type: 'another' } })).rejects.toThrow(
      refused,
    );
    await expect(check({ correlationId, answer }, { as: { ...operatorAnswerMessage, audience: 'gateway' } })).rejects.toThrow(
      refused,
    );
  });

  it('is not believed unsigned', async () => {
    const trusted = createTrustedKeys({ 'key-vault': [vault.publicJwk] });
    await expect(believed<'cmd.key-vault.retire-key'>({ answer, signed: 'a.b.c' }, correlationId, trusted)).rejects.toThrow(
      refused,
    );
  });
});
