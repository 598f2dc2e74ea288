import { sealingKeyMessage } from '@latchkey/contracts';
import {
  createTrustedKeys,
  generateMessageKeyJwk,
  loadMessageKey,
  publicMessageJwk,
  signMessage,
  type MessageKey,
} from '@latchkey/sealing';
import { manualClock } from '@latchkey/testkit';
import { compactDecrypt } from 'jose';
import { generateKeyPairSync } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { fakeServices } from '../../testing/gateway-fixture.js';
import { createSealer } from './sealer.js';

const clock = manualClock();
const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const jwk = {
  ...(pair.publicKey.export({ format: 'jwk' }) as { x: string; y: string }),
  kty: 'EC',
  crv: 'P-256',
  kid: 'k1',
  use: 'enc',
} as const;
const header = { sub: 'alice', exchange: 'binance', environment: 'live', apiKey: 'key' };

let vault: MessageKey;
let stranger: MessageKey;
beforeAll(async () => {
  vault = await loadMessageKey('key-vault', await generateMessageKeyJwk());
  stranger = await loadMessageKey('key-vault', await generateMessageKeyJwk());
});

type Wrong = {
  readonly by?: MessageKey;
  readonly says?: object;
  readonly as?: { readonly audience: string; readonly type: string };
};

const sealerFor = async ({ by = vault, says = jwk, as = sealingKeyMessage }: Wrong = {}) => {
  const services = fakeServices();
  const signed = await signMessage({ key: by, ...as, payload: says, clock });
  services.answer({ 'qry.key-vault.sealing-key': () => ({ jwk, signed }) });
  const trusted = createTrustedKeys({ 'key-vault': [publicMessageJwk(vault.publicJwk)] });
  return { services, sealer: createSealer({ rpc: services.rpc, trusted, clock }) };
};

describe('a secret', () => {
  it('is sealed to the key that the vault has signed, and wiped', async () => {
    const { sealer } = await sealerFor();
    const secret = Buffer.from('a secret');
    const { plaintext, protectedHeader } = await compactDecrypt(await sealer.seal(header, secret), pair.privateKey);
    expect([Buffer.from(plaintext).toString(), protectedHeader]).toEqual(['a secret', expect.objectContaining(header)]);
    expect(secret.every((byte) => byte === 0)).toBe(true);
  });

  it('is sealed to no other key, and wiped all the same', async () => {
    const other = { ...jwk, kid: 'k2' };
    for (const wrong of [
      { by: stranger },
      { says: other },
      { as: { ...sealingKeyMessage, type: 'something-else' } },
      { as: { ...sealingKeyMessage, audience: 'gateway' } },
    ]) {
      const { sealer } = await sealerFor(wrong);
      const secret = Buffer.from('a secret');
      await expect(sealer.seal(header, secret)).rejects.toMatchObject({ code: 'sealing.key_untrusted' });
      expect(secret.every((byte) => byte === 0)).toBe(true);
    }
  });

  it('needs the vault once a minute', async () => {
    const { sealer, services } = await sealerFor();
    await sealer.seal(header, Buffer.from('1'));
    await sealer.seal(header, Buffer.from('2'));
    expect(services.calls).toHaveLength(1);
    clock.advance(60_000);
    await sealer.seal(header, Buffer.from('3'));
    expect(services.calls).toHaveLength(2);
  });

  it('is sealed to the newest key once the vault did not open what was sealed to the one at hand', async () => {
    const { sealer, services } = await sealerFor();
    await sealer.seal(header, Buffer.from('1'));
    sealer.forgetKey();
    await sealer.seal(header, Buffer.from('2'));
    expect(services.calls).toHaveLength(2);
  });
});
