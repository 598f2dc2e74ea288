import { generateKeyPairSync } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { generateMessageKeyJwk, loadMessageKey, publicMessageJwk, type MessageKey } from '../message/message-key.js';
import { signMessage } from '../message/sign-message.js';
import { createTrustedKeys } from '../message/trusted-keys.js';
import { checkSealingKey } from './check-sealing-key.js';

let nowMs = Date.UTC(2026, 10, 22, 9);
const clock = { now: () => nowMs };
const use = { audience: 'clients', type: 'sealing-key' };
const newKey = (kid: string) => ({
  ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' }),
  kid,
  use: 'enc',
});
const jwk = newKey('k1');

let vault: MessageKey;
let next: MessageKey;
let gateway: MessageKey;
let stranger: MessageKey;
beforeAll(async () => {
  const make = async (issuer: string) => loadMessageKey(issuer, await generateMessageKeyJwk());
  [vault, next, gateway, stranger] = [
    await make('key-vault'),
    await make('key-vault'),
    await make('gateway'),
    await make('key-vault'),
  ];
});

const answer = async ({ by = vault, payload = jwk, as = use } = {}) => signMessage({ key: by, ...as, payload, clock });
const check = async (signed: string, given: object = jwk) =>
  checkSealingKey(
    { jwk: given, signed },
    {
      trusted: createTrustedKeys({
        'key-vault': [publicMessageJwk(vault.publicJwk), publicMessageJwk(next.publicJwk)],
        gateway: [publicMessageJwk(gateway.publicJwk)],
      }),
      issuer: 'key-vault',
      ...use,
      clock,
    },
  );

describe('a sealing key', () => {
  it('is taken from the vault, by either of its message keys, also when its members come in another order', async () => {
    expect(await check(await answer())).toEqual(jwk);
    const turned = Object.fromEntries(Object.entries(jwk).toReversed());
    expect(await check(await answer({ by: next }), turned)).toEqual(jwk);
  });

  it.each([
    ['signed by a key that is not pinned', () => answer({ by: stranger }), 'sealing.unknown_key'],
    ['signed by another service', () => answer({ by: gateway }), 'sealing.wrong_issuer'],
    ['signed for another use', () => answer({ as: { ...use, type: 'cmd.key-vault.open-session' } }), 'sealing.wrong_type'],
    ['signed for others', () => answer({ as: { ...use, audience: 'gateway' } }), 'sealing.wrong_audience'],
    ['another than was signed', () => answer({ payload: newKey('k1') }), 'sealing.swapped'],
    ['signed under another id', () => answer({ payload: { ...jwk, kid: 'k2' } }), 'sealing.swapped'],
    ['not signed at all', async () => 'nothing', 'sealing.malformed'],
    ['signed with a letter changed', async () => `${(await answer()).slice(0, -6)}AAAAAA`, 'sealing.signature_invalid'],
  ])('is refused when it is %s', async (_what, signed, why) => {
    await expect(check(await signed())).rejects.toMatchObject({ code: 'sealing.key_untrusted', details: { why } });
  });

  it('is refused when its signature is of another day', async () => {
    const signed = await answer();
    nowMs += 6 * 60_000;
    await expect(check(signed)).rejects.toMatchObject({ details: { why: 'sealing.stale' } });
  });
});
