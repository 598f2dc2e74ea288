import { describe, expect, it } from 'vitest';
import { hmacKey } from '../core/account-key.js';
import { originString, verifySignature } from './signature.js';

const secret = 'Z'.repeat(36);
const head = ['1790000000000', 'abcdefghijklmnopqr', '5000'] as const;

describe('a signature of Bybit', () => {
  it.each([
    [
      'the body of a POST',
      '{"category":"linear","symbol":"BTCUSDT"}',
      '3a60fca45530e2c063a1e0a5e607b8a983d4989f40b781abc60d755ceb3f6258',
    ],
    ['the query of a GET', 'category=linear&symbol=BTCUSDT', 'aba7d2969fad437d9664f2ae9cafd888383cde755995919995289fd47b6edb69'],
  ])('covers %s as sent, after timestamp, key and window', (_what, payload, signature) => {
    expect(verifySignature(hmacKey(secret), originString(...head, payload), signature)).toBe(true);
    expect(verifySignature(hmacKey(secret), originString(...head, `${payload} `), signature)).toBe(false);
    expect(verifySignature(hmacKey('Y'.repeat(36)), originString(...head, payload), signature)).toBe(false);
    expect(verifySignature(hmacKey(secret), originString('1790000000001', head[1], head[2], payload), signature)).toBe(false);
    expect(verifySignature(hmacKey(secret), originString(head[0], head[1], '5001', payload), signature)).toBe(false);
  });

  it('is lower-case hex of full length', () => {
    const signature = 'aba7d2969fad437d9664f2ae9cafd888383cde755995919995289fd47b6edb69';
    const origin = originString(...head, 'category=linear&symbol=BTCUSDT');
    for (const wrong of [signature.toUpperCase(), signature.slice(1), `${signature}0`, '', 'é'.repeat(64)]) {
      expect(verifySignature(hmacKey(secret), origin, wrong)).toBe(false);
    }
  });
});
