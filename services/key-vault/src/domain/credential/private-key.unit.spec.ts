import { generateKeyPairSync } from 'node:crypto';
import { fc } from '@latchkey/testkit';
import { describe, expect, it } from 'vitest';
import { ed25519Pair, pemOf, rsaPair } from '../../testing/key-pairs.js';
import { readPem } from './pem.js';
import { readPrivateKey } from './private-key.js';

const read = (text: string) => readPrivateKey(Buffer.from(text));
const refusal = (text: string): string => {
  const reading = read(text);
  return reading.ok ? 'taken' : reading.code;
};

const [ed25519, rsa] = [ed25519Pair(), rsaPair()];
const [edPem, rsaPem] = [pemOf(ed25519), pemOf(rsa)];
const pkcs8Of = (pair: typeof rsa): Buffer => pair.privateKey.export({ format: 'der', type: 'pkcs8' });
const bodyOf = (pem: string): string => pem.replaceAll(/-----[^-]+-----|\s/g, '');
const armoured = (label: string, body: string): string => `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`;

describe('a private key in PEM', () => {
  it.each([
    ['Ed25519', 'ed25519', edPem, ed25519],
    ['RSA as PKCS#8', 'rsa', rsaPem, rsa],
    ['RSA as PKCS#1', 'rsa', pemOf(rsa, 'pkcs1'), rsa],
    ['lines that end as on Windows', 'ed25519', edPem.replaceAll('\n', '\r\n'), ed25519],
    ['no last line break', 'rsa', rsaPem.trimEnd(), rsa],
    ['blanks around it', 'rsa', `\n  ${rsaPem}\n\t\n`, rsa],
    ['the armour of the other format', 'rsa', rsaPem.replaceAll('PRIVATE KEY', 'RSA PRIVATE KEY'), rsa],
    ['all on one line, with blanks', 'rsa', rsaPem.replaceAll('\n', ' '), rsa],
  ] as const)('%s is taken, and becomes the same PKCS#8', (_what, keyType, pem, pair) => {
    expect(read(pem)).toEqual({ ok: true, keyType, pkcs8: pkcs8Of(pair) });
  });

  it.each([3_072, 4_096])('RSA of %i bits is taken', (bits) => {
    expect(read(pemOf(rsaPair(bits)))).toMatchObject({ ok: true, keyType: 'rsa' });
  });

  it.each([1_024, 2_040, 4_104])('RSA of %i bits is refused', (bits) => {
    const pair = rsaPair(bits);
    expect(refusal(pemOf(pair))).toBe('vault.private_key_size');
    expect(refusal(pemOf(pair, 'pkcs1'))).toBe('vault.private_key_size');
  });

  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const cipher = { cipher: 'aes-256-cbc', passphrase: 'p' };
  it.each([
    ['EC in PKCS#8', ec.privateKey.export({ format: 'pem', type: 'pkcs8' }), 'vault.private_key_unsupported'],
    ['EC in its own armour', ec.privateKey.export({ format: 'pem', type: 'sec1' }), 'vault.private_key_unsupported'],
    ['X25519', pemOf(generateKeyPairSync('x25519')), 'vault.private_key_unsupported'],
    ['Ed448', pemOf(generateKeyPairSync('ed448')), 'vault.private_key_unsupported'],
    ['RSA-PSS', pemOf(generateKeyPairSync('rsa-pss', { modulusLength: 2_048 })), 'vault.private_key_unsupported'],
    ['OpenSSH', armoured('OPENSSH PRIVATE KEY', 'AAAA'), 'vault.private_key_unsupported'],
    [
      'PKCS#8 with a passphrase',
      ed25519.privateKey.export({ format: 'pem', type: 'pkcs8', ...cipher }),
      'vault.private_key_encrypted',
    ],
    [
      'PKCS#1 with a passphrase',
      rsa.privateKey.export({ format: 'pem', type: 'pkcs1', ...cipher }),
      'vault.private_key_encrypted',
    ],
    ['the public half', ed25519.publicKey.export({ format: 'pem', type: 'spki' }), 'vault.private_key_malformed'],
    ['a certificate', armoured('CERTIFICATE', 'MIIB'), 'vault.private_key_malformed'],
    ['an empty body', armoured('PRIVATE KEY', ''), 'vault.private_key_malformed'],
    ['no end', edPem.replace(/-----END.*/, ''), 'vault.private_key_malformed'],
    ['another end', edPem.replace('END PRIVATE', 'END RSA PRIVATE'), 'vault.private_key_malformed'],
    ['something before', `key: ${edPem}`, 'vault.private_key_malformed'],
    ['something behind', `${edPem}x`, 'vault.private_key_malformed'],
    ['two keys', `${edPem}${edPem}`, 'vault.private_key_malformed'],
    ['line breaks written out', edPem.replaceAll('\n', '\\n'), 'vault.private_key_malformed'],
    [
      'a key with bytes behind',
      armoured('PRIVATE KEY', Buffer.concat([pkcs8Of(rsa), Buffer.from('junk')]).toString('base64')),
      'vault.private_key_malformed',
    ],
    [
      'a key that was cut',
      armoured('PRIVATE KEY', pkcs8Of(rsa).subarray(0, 600).toString('base64')),
      'vault.private_key_malformed',
    ],
    [
      'base64 without padding',
      armoured('PRIVATE KEY', bodyOf(rsaPem).replace(/=+$/, '').slice(0, -1)),
      'vault.private_key_malformed',
    ],
    [
      'base64 for addresses',
      armoured('PRIVATE KEY', Buffer.from(bodyOf(rsaPem), 'base64').toString('base64url').padEnd(1_700, '_')),
      'vault.private_key_malformed',
    ],
  ])('%s is refused', (_what, pem, code) => {
    expect(refusal(pem)).toBe(code);
  });

  it('that was changed anywhere is refused, or holds the same kind of key', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(edPem, rsaPem, pemOf(rsa, 'pkcs1')),
        fc.nat(),
        fc.nat(3),
        fc.string({ maxLength: 3 }),
        (pem, where, cut, put) => {
          const start = where % pem.length;
          const reading = read(pem.slice(0, start) + put + pem.slice(start + cut));
          if (reading.ok) expect(reading.keyType).toBe(pem === edPem ? 'ed25519' : 'rsa');
          else expect(reading.code).toMatch(/^vault\.private_key_/);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

describe('the armour', () => {
  it('decodes base64 as everybody does, and nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), fc.nat(80), (bytes, width) => {
        const text = Buffer.from(bytes).toString('base64');
        const lines = text.replaceAll(new RegExp(`(.{${width + 1}})`, 'g'), '$1\n');
        expect(readPem(Buffer.from(armoured('PRIVATE KEY', lines)))?.der).toEqual(Buffer.from(bytes));
      }),
    );
  });

  it.each(['AAA', 'AAAAA', 'AA=A', 'A===', 'AAAA====', '====', 'AB==', 'AAB=', 'AA-A', 'AA_A'])('refuses "%s"', (text) => {
    expect(readPem(Buffer.from(armoured('PRIVATE KEY', text)))).toBeUndefined();
  });
});
