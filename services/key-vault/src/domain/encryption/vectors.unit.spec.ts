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
const isOurs = ({ keySize, ivSize, tagSize }: Group): boolean => keySize === 256 && ivSize === 96 && tagSize === 128;
const sealedOf = (vector: Vector): Buffer => Buffer.concat([bytes(vector, 'iv'), bytes(vector, 'ct'), bytes(vector, 'tag')]);

describe('the table of vectors', () => {
  const table = readFileSync(new URL('../../../vectors/SOURCE.md', import.meta.url), 'utf8');
  const count = (vectors: readonly Vector[], result?: Vector['result']): number =>
    vectors.filter((vector) => result === undefined || vector.result === result).length;

  it.each([
    ['aes_gcm', (group: Group) => isOurs(group)],
    ['hkdf_sha256', () => true],
    ['hmac_sha256', ({ tagSize }: Group) => tagSize === 256],
  ])('says of %s what is in the file, and leaves none out', (name, applies) => {
    const groups = groupsOf(name);
    const all = groups.flatMap(({ tests }) => tests);
    const applying = count(groups.filter(applies).flatMap(({ tests }) => tests));
    const row = table.split('\n').find((line) => line.startsWith(`| ${name}_test.json`)) ?? '';
    const figures = row.split('|').map((cell) => Number.parseInt(cell, 10));
    expect(figures.slice(2, 8)).toEqual([
      count(all),
      count(all, 'valid'),
      count(all, 'invalid'),
      applying,
      applying,
      count(all) - applying,
    ]);
  });
});

describe('AES-GCM against Wycheproof', () => {
  const vectors = groupsOf('aes_gcm')
    .filter(isOurs)
    .flatMap(({ tests }) => tests);

  it('has the 66 vectors of our profile: 39 valid, 27 invalid', () => {
    expect(vectors.filter(({ result }) => result === 'valid')).toHaveLength(39);
    expect(vectors.filter(({ result }) => result === 'invalid')).toHaveLength(27);
    expect(vectors).toHaveLength(66);
  });

  it.each(vectors)('tcId $tcId is $result: $comment', (vector) => {
    const key = createSecretKey(bytes(vector, 'key'));
    const sealed = sealedOf(vector);
    const open = () => aeadOpen(key, bytes(vector, 'aad'), sealed).toString('hex');
    if (vector.result === 'valid') {
      expect(open()).toBe(vector['msg']);
      expect(aeadSeal(key, bytes(vector, 'iv'), bytes(vector, 'aad'), bytes(vector, 'msg')).equals(sealed)).toBe(true);
    } else {
      expect(open).toThrow(expect.objectContaining({ code: 'vault.integrity_failed' }));
    }
  });
});

describe('AES-GCM outside of our profile', () => {
  it('is refused whatever the file says of it: 250 vectors of other keys and IVs, 190 of them valid', () => {
    const others = groupsOf('aes_gcm')
      .filter((group) => !isOurs(group))
      .flatMap(({ tests }) => tests);
    const outcomes = others.map((vector) => {
      try {
        aeadOpen(createSecretKey(bytes(vector, 'key')), bytes(vector, 'aad'), sealedOf(vector));
        return `opened: ${vector.tcId}`;
      } catch (error) {
        return (error as { readonly code?: string }).code;
      }
    });
    expect(outcomes).toHaveLength(250);
    expect(others.filter(({ result }) => result === 'valid')).toHaveLength(190);
    expect(new Set(outcomes)).toEqual(new Set(['vault.integrity_failed']));
  });
});

describe('HMAC-SHA256', () => {
  const groups = groupsOf('hmac_sha256');
  const vectors = groups.filter(({ tagSize }) => tagSize === 256).flatMap(({ tests }) => tests);

  it('is never truncated: none of the 87 shorter tags is what the signer answers', () => {
    const truncated = groups.filter(({ tagSize }) => tagSize !== 256).flatMap(({ tests }) => tests);
    const answers = truncated.map((vector) => hmacSigner(bytes(vector, 'key'))(bytes(vector, 'msg').toString('latin1')));
    expect(truncated).toHaveLength(87);
    expect(answers.filter((answer, i) => answer === truncated[i]?.['tag'])).toEqual([]);
    expect(answers.every((answer) => answer.length === 64)).toBe(true);
  });

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
