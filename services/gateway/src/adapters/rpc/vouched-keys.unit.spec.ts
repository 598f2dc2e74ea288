import { publicKeyMessage, sealingKeyMessage, type AttestedPublicKey } from '@latchkey/contracts';
import type { UserId } from '@latchkey/kernel';
import {
  createTrustedKeys,
  generateMessageKeyJwk,
  loadMessageKey,
  publicMessageJwk,
  signMessage,
  type MessageKey,
} from '@latchkey/sealing';
import { manualClock } from '@latchkey/testkit';
import { describe, expect, it } from 'vitest';
import { createVouchedKeys } from './vouched-keys.js';

const clock = manualClock();
const vault = await loadMessageKey('key-vault', await generateMessageKeyJwk());
const stranger = await loadMessageKey('key-vault', await generateMessageKeyJwk());
const vouched = createVouchedKeys({ trusted: createTrustedKeys({ 'key-vault': [publicMessageJwk(vault.publicJwk)] }), clock });

const expected: AttestedPublicKey = {
  userId: 'alice' as UserId,
  exchange: 'binance',
  environment: 'live',
  publicKey: '-----BEGIN PUBLIC KEY-----\nMCow\n-----END PUBLIC KEY-----\n',
  expiresAt: '2026-11-29T09:00:00.000Z',
};
type Said = { readonly by?: MessageKey; readonly as?: { readonly audience: string; readonly type: string } };
const said = (says: object = expected, { by = vault, as = publicKeyMessage }: Said = {}) =>
  signMessage({ key: by, ...as, payload: says, clock });

describe("the vault's word for a public key", () => {
  it('holds for exactly that key of that account', async () => {
    await expect(vouched.check(await said(), expected)).resolves.toBeUndefined();
  });

  it.each([
    ['another key', { publicKey: expected.publicKey.replace('MCow', 'MCox') }],
    ['another user', { userId: 'mallory' }],
    ['another exchange', { exchange: 'bybit' }],
    ['another environment', { environment: 'testnet' }],
    ['another end', { expiresAt: '2027-11-29T09:00:00.000Z' }],
    ['more than that', { more: true }],
  ])('does not hold for %s', async (_what, over) => {
    await expect(vouched.check(await said({ ...expected, ...over }), expected)).rejects.toMatchObject({
      code: 'public_key.untrusted',
    });
  });

  it("is nobody else's, of no other kind, and minutes old at most", async () => {
    const old = await said();
    for (const signed of [await said(expected, { by: stranger }), await said(expected, { as: sealingKeyMessage }), 'a.b.c'])
      await expect(vouched.check(signed, expected)).rejects.toMatchObject({ code: 'public_key.untrusted' });
    clock.advance(5 * 60_000 + 60_001);
    await expect(vouched.check(old, expected)).rejects.toMatchObject({ code: 'public_key.untrusted' });
  });
});
