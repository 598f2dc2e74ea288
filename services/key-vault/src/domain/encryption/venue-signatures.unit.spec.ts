import { createPrivateKey, createPublicKey, generateKeyPairSync, verify, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { stringToSign } from '../signing/string-to-sign.js';
import { hmacSigner } from './hmac-signature.js';
import { signerOf } from './signer.js';

type Published = {
  readonly hmac: readonly {
    readonly what: string;
    readonly secret: string;
    readonly payload: string;
    readonly signature: string;
  }[];
  readonly rsa: readonly {
    readonly what: string;
    readonly payload: string;
    readonly bytes: number;
    readonly signature: string;
    readonly encoded: string;
  }[];
  readonly ed25519: readonly Readonly<Record<'what' | 'seed' | 'publicKey' | 'message' | 'signature', string>>[];
  readonly bybit: readonly Readonly<Record<'what' | 'asked' | 'apiKey' | 'toSign' | 'printed', string>>[];
};

const published = JSON.parse(
  readFileSync(new URL('../../../vectors/venue-signatures.json', import.meta.url), 'utf8'),
) as Published;

/** With the vault's own signer, over the key as it is stored. */
const signedWith = async (key: KeyObject, message: Buffer): Promise<Buffer> =>
  Buffer.from((await signerOf(key.export({ format: 'der', type: 'pkcs8' }))?.sign(message.toString('utf8'))) ?? '', 'base64');

describe('the signatures that exchanges publish', () => {
  it('are all here: 7 with their secret, 3 of RSA keys, 2 strings of Bybit', () => {
    expect([published.hmac.length, published.rsa.length, published.bybit.length]).toEqual([7, 3, 2]);
  });

  it.each(published.hmac)('HMAC, $what: reproduced, and the secret overwritten', ({ secret, payload, signature }) => {
    const held = Buffer.from(secret, 'utf8');
    expect(hmacSigner(held)(payload)).toBe(signature);
    expect(held.every((byte) => byte === 0)).toBe(true);
  });

  it.each(published.rsa)('RSA, $what: ours has the same form', async ({ payload, bytes, signature, encoded }) => {
    expect(Buffer.from(signature, 'base64')).toHaveLength(bytes);
    expect(encodeURIComponent(signature)).toBe(encoded);
    const pair = generateKeyPairSync('rsa', { modulusLength: bytes * 8 });
    const made = await signedWith(pair.privateKey, Buffer.from(payload, 'utf8'));
    expect(made.toString('base64')).toHaveLength(signature.length);
    expect(verify('sha256', Buffer.from(payload, 'utf8'), pair.publicKey, made)).toBe(true);
  });

  it.each(published.ed25519)('Ed25519, $what: reproduced', async ({ seed, publicKey, message, signature }) => {
    const pkcs8 = Buffer.from(`302e020100300506032b657004220420${seed}`, 'hex');
    const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
    expect(createPublicKey(key).export({ format: 'jwk' }).x).toBe(Buffer.from(publicKey, 'hex').toString('base64url'));
    expect((await signedWith(key, Buffer.from(message, 'hex'))).toString('hex')).toBe(signature);
  });

  it.each(published.bybit)('Bybit, $what: the string is the printed one', ({ asked, apiKey, toSign, printed }) => {
    expect(stringToSign({ exchange: 'bybit', purpose: 'read', payload: asked }, apiKey)).toBe(toSign);
    expect(hmacSigner(Buffer.from('any secret'))(toSign)).toMatch(/^[0-9a-f]{64}$/);
    expect(printed).toMatch(/^[0-9a-f]{64}$/);
  });
});
