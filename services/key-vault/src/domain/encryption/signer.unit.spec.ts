import { createHmac, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ed25519Pair, rsaPair, verifies, type Pair } from '../../testing/key-pairs.js';
import { signerOf } from './signer.js';

const payload = 'symbol=BTCUSDT&timestamp=1790000000000';
const pkcs8Of = ({ privateKey }: Pick<Pair, 'privateKey'>): Buffer => privateKey.export({ format: 'der', type: 'pkcs8' });
const base64 = /^(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

describe('a signer', () => {
  it('answers HMAC in hex for a secret of letters and digits, also for one that begins like a private key', async () => {
    for (const secret of ['f'.repeat(64), '0A'.repeat(32)]) {
      const signer = signerOf(Buffer.from(secret));
      expect(signer?.keyType).toBe('hmac');
      expect(await signer?.sign(payload)).toBe(createHmac('sha256', secret).update(payload).digest('hex'));
    }
  });

  it.each([
    ['ed25519', ed25519Pair()],
    ['rsa', rsaPair()],
    ['rsa', rsaPair(4_096)],
  ])('answers what the public half verifies, in base64 (%s)', async (keyType, pair) => {
    const signer = signerOf(pkcs8Of(pair));
    expect(signer?.keyType).toBe(keyType);
    for (const text of [payload, 'é', '']) {
      const signature = (await signer?.sign(text)) ?? '';
      expect(signature).toMatch(base64);
      expect(verifies(pair, text, signature)).toBe(true);
      expect(verifies(pair, `${text} `, signature)).toBe(false);
    }
  });

  it('makes an RSA signature off the main thread: promises alone never settle it', async () => {
    let signed = false;
    const signing = Promise.resolve(signerOf(pkcs8Of(rsaPair()))?.sign(payload)).then(() => (signed = true));
    for (let i = 0; i < 1_000; i += 1) await Promise.resolve();
    expect(signed).toBe(false);
    await signing;
    expect(signed).toBe(true);
  });

  it('overwrites the secret, whatever it was', () => {
    for (const secret of [Buffer.from('f'.repeat(64)), pkcs8Of(ed25519Pair()), pkcs8Of(rsaPair()), Buffer.from('--none--')]) {
      signerOf(secret);
      expect(secret.every((byte) => byte === 0)).toBe(true);
    }
  });

  it('is none for bytes that are no secret', () => {
    const ec = pkcs8Of(generateKeyPairSync('ec', { namedCurve: 'P-256' }));
    for (const bytes of [Buffer.alloc(0), Buffer.alloc(48), ec, pkcs8Of(ed25519Pair()).subarray(0, 40)])
      expect(signerOf(Buffer.from(bytes))).toBeUndefined();
  });
});
