import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { JWK } from 'jose';
import { describe, expect, it } from 'vitest';
import { SealingError } from './errors.js';
import { partsOf } from './jose/compact.js';
import { decryptWith } from './jose/ecdh-es.js';
import { importSealingKey } from './jose/sealing-key.js';
import { createTrustedKeys } from './message/trusted-keys.js';
import { verifyMessage } from './message/verify-message.js';
import { sharedSecret } from './session/agreement.js';

type Vector = { readonly tcId: number; readonly result: 'valid' | 'invalid' | 'acceptable'; readonly flags: readonly string[] };
type File<Group, Test> = { readonly testGroups: readonly (Group & { readonly tests: readonly (Vector & Test)[] })[] };

const load = <Group, Test>(name: string): File<Group, Test>['testGroups'] =>
  (JSON.parse(readFileSync(new URL(`../vectors/${name}_test.json`, import.meta.url), 'utf8')) as File<Group, Test>).testGroups;

const codeOf = (error: unknown): string => {
  expect(error).toBeInstanceOf(SealingError);
  return (error as SealingError).code;
};

const refusalOf = async (work: () => unknown): Promise<string | undefined> => {
  try {
    await work();
    return undefined;
  } catch (error) {
    return codeOf(error);
  }
};

const jws = load<{ readonly comment: string }, { readonly jws: string }>('json_web_signature');
const jwe = load<{ readonly private?: JWK }, { readonly jwe: string; readonly pt?: string; readonly enc?: string }>(
  'json_web_encryption',
);
type KeySet = { readonly keys: readonly JWK[] };
const jwk = load<{ readonly public?: KeySet; readonly private?: KeySet }, object>('json_web_key');
const x25519 = load<object, { readonly public: JWK; readonly private: JWK; readonly shared: string }>('x25519_jwk');
const ed25519 = load<{ readonly publicKeyJwk: JWK }, { readonly msg: string; readonly sig: string }>('ed25519');

const files = ['ed25519', 'json_web_encryption', 'json_web_key', 'json_web_signature', 'x25519_jwk'];
const table = readFileSync(new URL('../vectors/SOURCE.md', import.meta.url), 'utf8');

describe('Wycheproof', () => {
  it.each(files)('the table of vectors says of %s what is in the file', (name) => {
    const results = load<object, object>(name).flatMap(({ tests }) => tests.map(({ result }) => result));
    const row = table.split('\n').find((line) => line.startsWith(`| ${name}_test.json`)) ?? '';
    const figures = row.split('|').map((cell) => Number.parseInt(cell, 10));
    const count = (result: Vector['result']): number => results.filter((one) => one === result).length;
    expect(figures.slice(2, 6)).toEqual([results.length, count('valid'), count('acceptable'), count('invalid')]);
  });

  it('json_web_signature: none of its 401 messages, all of other algorithms, is taken', async () => {
    const trusted = createTrustedKeys({});
    const expected = { trusted, audience: 'a', type: 't', issuers: ['i'], maxAgeMs: Number.MAX_SAFE_INTEGER };
    const codes = await Promise.all(
      jws.flatMap(({ tests }) => tests.map((test) => refusalOf(() => verifyMessage(test.jws, expected)))),
    );
    expect(codes).toHaveLength(401);
    expect(new Set(codes)).toEqual(new Set(['sealing.malformed']));
  });

  it('json_web_signature, group base64: 17 of 21 read as it says, 2 are stricter, 2 have lost in copying what made them invalid', () => {
    const tests = jws.find(({ comment }) => comment === 'base64')?.tests ?? [];
    const valid = new Set(tests.filter(({ result }) => result === 'valid').map((test) => test.jws));
    const verdicts = tests.map((test) => {
      let read = true;
      try {
        partsOf(test.jws, 3, 10_000);
      } catch (error) {
        read = codeOf(error) !== 'sealing.malformed';
      }
      if (read === (test.result === 'valid')) return 'as it says';
      return test.result === 'valid'
        ? `stricter: ${test.tcId}`
        : `${valid.has(test.jws) ? 'the text of a valid one' : 'MISSED'}: ${test.tcId}`;
    });
    expect(verdicts.filter((verdict) => verdict === 'as it says')).toHaveLength(17);
    // 372 and 373 have a "?" in a part, which their authors' decoder skips.
    expect(verdicts.filter((verdict) => verdict !== 'as it says')).toEqual([
      'the text of a valid one: 367',
      'the text of a valid one: 370',
      'stricter: 372',
      'stricter: 373',
    ]);
  });

  it('json_web_encryption: of 139 messages the one of our profile opens, 138 do not', async () => {
    const ours = jwe.find(({ private: key }) => key?.alg === 'ECDH-ES')?.private ?? {};
    const outcomes = await Promise.all(
      jwe.flatMap(({ private: key, tests }) =>
        tests.map(async (test) => {
          const usable = key?.crv === 'P-256' ? { ...key, alg: 'ECDH-ES' } : ours;
          try {
            const plaintext = await decryptWith(importSealingKey(usable), test.jwe, 10_000);
            return { tcId: test.tcId, right: Buffer.from(plaintext).toString('hex') === test.pt };
          } catch (error) {
            return codeOf(error);
          }
        }),
      ),
    );
    expect(outcomes).toHaveLength(139);
    expect(outcomes.filter((outcome) => typeof outcome === 'object')).toEqual([{ tcId: 78, right: true }]);
  });

  it('json_web_key: none of its 26 key sets makes trusted keys', () => {
    const codes = jwk.flatMap(({ public: publicKeys, private: privateKeys, tests }) =>
      tests.map(() => {
        try {
          createTrustedKeys({ somebody: (publicKeys ?? privateKeys)?.keys ?? [] });
          return 'taken';
        } catch (error) {
          return codeOf(error);
        }
      }),
    );
    expect(codes).toHaveLength(26);
    expect(new Set(codes)).toEqual(new Set(['sealing.key_invalid']));
  });

  it('x25519_jwk: 264 valid and 223 acceptable agreements of sessions as it says; 31 of no contribution and 13 keys of another kind are refused', () => {
    const outcomes = x25519
      .flatMap((group) => group.tests)
      .map((test) => {
        try {
          const privateKey = createPrivateKey({ key: { ...test.private }, format: 'jwk' });
          // Ours travels as a coordinate alone: what calls itself another curve's key is none.
          const peer = test.public.kty === 'OKP' && test.public.crv === 'X25519' ? (test.public.x ?? '') : '';
          const agreed = sharedSecret(privateKey, peer).toString('hex') === test.shared;
          return `${agreed ? 'agreed' : 'WRONG'}: ${test.result}`;
        } catch (error) {
          return `${codeOf(error)}: ${test.result}${test.flags.includes('ZeroSharedSecret') ? ', zero' : ''}`;
        }
      });
    const counts = Object.fromEntries(
      [...new Set(outcomes)].map((outcome) => [outcome, outcomes.filter((other) => other === outcome).length]),
    );
    expect(counts).toEqual({
      'agreed: valid': 264,
      'agreed: acceptable': 223,
      'sealing.key_invalid: acceptable, zero': 31,
      'sealing.key_invalid: invalid': 13,
    });
  });

  it('ed25519: all 151 signatures are judged as it says, by the keys that messages are verified with', async () => {
    const verdicts = await Promise.all(
      ed25519.flatMap(({ publicKeyJwk: { kty = '', crv = '', x = '' }, tests }) => {
        const key = [...createTrustedKeys({ somebody: [{ kty, crv, x }] }).byKid.values()][0]?.publicKey;
        return tests.map(async (test) => {
          const verified =
            key && (await crypto.subtle.verify('Ed25519', key, Buffer.from(test.sig, 'hex'), Buffer.from(test.msg, 'hex')));
          return verified === (test.result === 'valid');
        });
      }),
    );
    expect(verdicts).toHaveLength(151);
    expect(verdicts.every(Boolean)).toBe(true);
  });
});
