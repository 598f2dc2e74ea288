import { describe, expect, it } from 'vitest';
import { asPkcs1, ecPair, ed25519Pair, rsaPair, signatureWith } from '../testing/key-pairs.js';
import { registeredKey, verifyPublicKeySignature, type AccountKey, type PublicKeyType } from './account-key.js';

type PublicKey = Extract<AccountKey, { type: PublicKeyType }>;
const code = (value: string) => expect.objectContaining({ code: value });
const payload = 'symbol=BTCUSDT&timestamp=1790000000000';

describe('registering a public key', () => {
  const [ed25519, rsa] = [ed25519Pair(), rsaPair()];

  it('takes what the venue takes', () => {
    expect(registeredKey('binance', ed25519.publicKey)).toMatchObject({ type: 'ed25519' });
    expect(registeredKey('binance', rsa.publicKey)).toMatchObject({ type: 'rsa' });
    expect(registeredKey('bybit', rsa.publicKey)).toMatchObject({ type: 'rsa' });
    expect(registeredKey('bybit', asPkcs1(rsa))).toMatchObject({ type: 'rsa' });
  });

  it('refuses other kinds and sizes', () => {
    expect(() => registeredKey('bybit', ed25519.publicKey)).toThrow(code('not_supported'));
    expect(() => registeredKey('binance', ecPair().publicKey)).toThrow(code('not_supported'));
    expect(() => registeredKey('binance', rsaPair(1_024).publicKey)).toThrow(code('not_supported'));
  });

  it.each(['', 'a', ed25519.privateKey, ed25519.publicKey.replace('MCow', 'MCo')])('refuses what is no public key', (pem) => {
    expect(() => registeredKey('binance', pem)).toThrow(code('invalid_request'));
  });
});

describe.each([
  ['Ed25519', ed25519Pair],
  ['RSA', rsaPair],
])('a signature with %s', (_type, make) => {
  const pair = make();
  const key = registeredKey('binance', pair.publicKey) as PublicKey;
  const signature = signatureWith(pair, payload);

  it('verifies for its payload and its key alone', () => {
    expect(verifyPublicKeySignature(key, payload, signature)).toBe(true);
    expect(verifyPublicKeySignature(key, `${payload} `, signature)).toBe(false);
    expect(verifyPublicKeySignature(registeredKey('binance', make().publicKey) as PublicKey, payload, signature)).toBe(false);
  });

  it('has one spelling: base64 with padding, its case included', () => {
    const hex = Buffer.from(signature, 'base64').toString('hex');
    for (const wrong of ['', hex, signature.slice(0, -1), `${signature}=`, ` ${signature}`, signature.toLowerCase()]) {
      expect(verifyPublicKeySignature(key, payload, wrong)).toBe(false);
    }
    expect(verifyPublicKeySignature(key, payload, signature.replaceAll('+', ' '))).toBe(!signature.includes('+'));
  });
});
