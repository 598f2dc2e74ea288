import { createHmac, createSecretKey, hkdfSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { aeadOpen, aeadSeal } from './aead.js';
import { hmacSigner } from './hmac-signature.js';

type Vector = Readonly<Record<string, string>> & { readonly tcId: number; readonly result: 'valid' | 'invalid' | 'acceptable' };
type Group = { readonly [size: string]: unknown; readonly tests: readonly Vector[] };

const groupsOf = (name: string): readonly Group[] =>
  (JSON.parse(readFileSync(new URL(`../../../vectors/${name}_test.json`, import.meta.url), 'utf8')) as { testGroups: Group[] })
    .testGroups;
const bytes = (vector: Vector, field: string): Buffer => Buffer.from(vector[field] ?? '', 'hex');

describe('AES-GCM against Wycheproof', () => {
  const ours = groupsOf('aes_gcm').filter(({ keySize, ivSize, tagSize }) => keySize === 256 && ivSize === 96 && tagSize === 128);
  const vectors = ours.flatMap(({ tests }) => tests);

  it('has the 66 vectors of our profile: 39 valid, 27 invalid', () => {
    expect(vectors.filter(({ result }) => result === 'valid')).toHaveLength(39);
    expect(vectors.filter(({ result }) => result === 'invalid')).toHaveLength(27);
    expect(vectors).toHaveLength(66);
  });

  it.each(vectors)('tcId $tcId is $result: $comment', (vector) => {
    const key = createSecretKey(bytes(vector, 'key'));
    const sealed = Buffer.concat([bytes(vector, 'iv'), bytes(vector, 'ct'), bytes(vector, 'tag')]);
    const open = () => aeadOpen(key, bytes(vector, 'aad'), sealed).toString('hex');
    if (vector.result === 'valid') {
      expect(open()).toBe(vector['msg']);
      expect(aeadSeal(key, bytes(vector, 'iv'), bytes(vector, 'aad'), bytes(vector, 'msg')).equals(sealed)).toBe(true);
    } else {
      expect(open).toThrow(expect.objectContaining({ code: 'vault.integrity_failed' }));
    }
  });
});

describe('HMAC-SHA256', () => {
  const groups = groupsOf('hmac_sha256');
  const vectors = groups.filter(({ tagSize }) => tagSize === 256).flatMap(({ tests }) => tests);

  it('agrees with Wycheproof on every full-length tag', () => {
    const disagreeing = vectors.filter((vector) => {
      const tag = createHmac('sha256', createSecretKey(bytes(vector, 'key')))
        .update(bytes(vector, 'msg'))
        .digest('hex');
      return (tag === vector['tag']) !== (vector.result === 'valid');
    });
    expect(vectors).toHaveLength(87);
    expect(disagreeing).toEqual([]);
  });

  // Published by Binance (REST documentation) and made with Bybit's rule.
  it.each([
    [
      'NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j',
      'symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559',
      'c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71',
    ],
    [
      'test_secret',
      '1700000000000test_api_key5000category=linear&symbol=BTCUSDT',
      'fd4f31228a46109dc6673062328693696df9a96c7ff04e6491a45e7f63a0fdd7',
    ],
  ])('signs as the exchanges do, and overwrites the secret', (secret, payload, signature) => {
    const held = Buffer.from(secret, 'utf8');
    expect(hmacSigner(held)(payload)).toBe(signature);
    expect(held.every((byte) => byte === 0)).toBe(true);
  });
});

describe('HKDF-SHA256', () => {
  it('agrees with Wycheproof wherever RFC 5869 gives an answer', () => {
    const vectors = groupsOf('hkdf_sha256').flatMap(({ tests }) => tests);
    const disagreeing = vectors.filter((vector) => {
      try {
        const derived = hkdfSync(
          'sha256',
          bytes(vector, 'ikm'),
          bytes(vector, 'salt'),
          bytes(vector, 'info'),
          Number(vector['size']),
        );
        return (Buffer.from(derived).toString('hex') === vector['okm']) !== (vector.result === 'valid');
      } catch {
        return vector.result === 'valid';
      }
    });
    expect(vectors).toHaveLength(86);
    expect(disagreeing).toEqual([]);
  });
});
