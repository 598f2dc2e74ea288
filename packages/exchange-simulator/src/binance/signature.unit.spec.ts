import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { hmacKey } from '../core/account-key.js';
import { signedPayload, verifySignature } from './signature.js';

const vectors = [
  {
    name: 'the example that Binance publishes',
    secret: 'NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j',
    payload: 'symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559',
    signature: 'c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71',
  },
  {
    name: 'our own, checked with node:crypto',
    secret: 'f'.repeat(64),
    payload: 'symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.01&newClientOrderId=t-1&recvWindow=5000&timestamp=1790000000000',
    signature: '82f7c069c4c1c55b4c6b06ccb95bc9c439b72a96bbea18bef117aa0dadaf69d5',
  },
] as const;

describe.each(vectors)('$name', ({ secret, payload, signature }) => {
  it('verifies, in upper case too', () => {
    expect(verifySignature(hmacKey(secret), payload, signature)).toBe(true);
    expect(verifySignature(hmacKey(secret), payload, signature.toUpperCase())).toBe(true);
  });

  it('fails for another secret, one changed byte, another order of parameters, or a shortened signature', () => {
    expect(verifySignature(hmacKey(`${secret}x`), payload, signature)).toBe(false);
    expect(verifySignature(hmacKey(secret), payload.replace('BUY', 'BUy'), signature)).toBe(false);
    expect(verifySignature(hmacKey(secret), payload.split('&').reverse().join('&'), signature)).toBe(false);
    expect(verifySignature(hmacKey(secret), payload, signature.slice(0, -2))).toBe(false);
    expect(verifySignature(hmacKey(secret), payload, '')).toBe(false);
  });
});

describe('what is signed', () => {
  it('is the query and the body without the signature, wherever it stood, and without a separator between them', () => {
    expect(signedPayload('a=1&signature=xx&b=2', '')).toBe('a=1&b=2');
    expect(signedPayload('signature=xx&a=1', 'b=2')).toBe('a=1b=2');
    expect(signedPayload('a=1', 'b=2&signature=xx')).toBe('a=1b=2');
    expect(signedPayload('signature=xx', '')).toBe('');
  });

  it('keeps percent-encoding as received', () => {
    expect(signedPayload('symbols=%5B%22BTCUSDT%22%5D&x=%2f', '')).toBe('symbols=%5B%22BTCUSDT%22%5D&x=%2f');
  });

  it('is refused when bytes beyond ASCII were signed before percent-encoding, although the HMAC itself is right', () => {
    const bytes = Buffer.from('symbol=é').toString('latin1');
    const signature = createHmac('sha256', 's').update(bytes, 'latin1').digest('hex');
    expect(verifySignature(hmacKey('s'), bytes, signature)).toBe(false);
    const encoded = 'symbol=%C3%A9';
    expect(verifySignature(hmacKey('s'), encoded, createHmac('sha256', 's').update(encoded).digest('hex'))).toBe(true);
  });
});
