import { compactDecrypt, CompactEncrypt, CompactSign, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  createTrustedKeys,
  generateMessageKeyJwk,
  importSealingKey,
  loadMessageKey,
  openSecret,
  publicMessageJwk,
  sealSecret,
  signMessage,
  verifyMessage,
  type MessageKey,
  type TrustedKeys,
} from './index.js';

const now = Date.UTC(2026, 0, 15, 12, 0, 0, 250);
const clock = { now: () => now };
const at = (ms: number) => ({ now: () => now + ms });
const secret = 'canary-5f1d0c7be2a94c0e';
const code = (value: string): Error => expect.objectContaining({ code: value }) as Error;

let key: MessageKey;
let keyJwk: JWK;
let other: MessageKey;
let trusted: TrustedKeys;

const expected = () => ({
  trusted,
  audience: 'key-vault',
  type: 'cmd.key-vault.open-session',
  issuers: ['trade-executor'],
  maxAgeMs: 5_000,
  clock,
});
const message = { audience: 'key-vault', type: 'cmd.key-vault.open-session', payload: { text: secret }, clock };

/** What somebody with a trusted key, but not our code, could make. */
const handMade = (claims: unknown, header: Readonly<Record<string, unknown>> = {}): Promise<string> =>
  new CompactSign(new TextEncoder().encode(typeof claims === 'string' ? claims : JSON.stringify(claims)))
    .setProtectedHeader({ alg: 'EdDSA', kid: key.kid, typ: message.type, ...header })
    .sign(key.privateKey, { crit: { b64: true, exp: true } });
const claims = () => ({ iss: 'trade-executor', aud: 'key-vault', iat: now / 1_000, jti: 'a-jti-that-is-long-enough', body: 1 });

beforeAll(async () => {
  keyJwk = await generateMessageKeyJwk();
  const otherJwk = await generateMessageKeyJwk();
  key = await loadMessageKey('trade-executor', keyJwk);
  other = await loadMessageKey('gateway', otherJwk);
  trusted = createTrustedKeys({ 'trade-executor': [publicMessageJwk(keyJwk)], gateway: [publicMessageJwk(otherJwk)] });
});

describe('a signed message', () => {
  it('arrives with its sender, its time and a fresh id', async () => {
    const [first, second] = await Promise.all([signMessage({ key, ...message }), signMessage({ key, ...message })]);
    const verified = await verifyMessage(first, expected());
    expect(verified).toMatchObject({ issuer: 'trade-executor', issuedAt: now, body: { text: secret } });
    expect((await verifyMessage(second, expected())).jti).not.toBe(verified.jti);
  });

  it.each([
    ['of somebody who may not send it', () => signMessage({ key: other, ...message }), 'sealing.wrong_issuer'],
    ['to somebody else', () => signMessage({ key, ...message, audience: 'audit' }), 'sealing.wrong_audience'],
    [
      'for another purpose',
      () => signMessage({ key, ...message, type: 'cmd.key-vault.delete-credential' }),
      'sealing.wrong_type',
    ],
    ['older than is taken', () => signMessage({ key, ...message, clock: at(-5_001) }), 'sealing.stale'],
    ['from the future', () => signMessage({ key, ...message, clock: at(5_001) }), 'sealing.stale'],
    ['under a sender that is not its key’s', () => handMade({ ...claims(), iss: 'gateway' }), 'sealing.wrong_issuer'],
    ['with a critical extension', () => handMade(claims(), { crit: ['exp'], exp: 1 }), 'sealing.malformed'],
    ['with a key of its own', () => handMade(claims(), { jwk: publicMessageJwk(keyJwk) }), 'sealing.malformed'],
    ['with an unknown header', () => handMade(claims(), { cty: 'JWT' }), 'sealing.malformed'],
    ['without a time', () => handMade({ ...claims(), iat: undefined }), 'sealing.malformed'],
    ['with a time that is text', () => handMade({ ...claims(), iat: String(now) }), 'sealing.malformed'],
    ['without an id', () => handMade({ ...claims(), jti: undefined }), 'sealing.malformed'],
    ['without a body', () => handMade({ ...claims(), body: undefined }), 'sealing.malformed'],
    ['with a claim that we do not know', () => handMade({ ...claims(), exp: 1 }), 'sealing.malformed'],
    ['of text', () => handMade('no JSON'), 'sealing.malformed'],
    ['of a list', () => handMade([]), 'sealing.malformed'],
  ])('is refused %s', async (_what, make, refusal) => {
    await expect(make().then((jws) => verifyMessage(jws, expected()))).rejects.toEqual(code(refusal));
  });

  it('is refused when its key is not trusted', async () => {
    const stranger = await loadMessageKey('trade-executor', await generateMessageKeyJwk());
    await expect(verifyMessage(await signMessage({ key: stranger, ...message }), expected())).rejects.toEqual(
      code('sealing.unknown_key'),
    );
  });

  it('is refused with any byte of it changed, in any spelling, and never quoted', async () => {
    const jws = await signMessage({ key, ...message });
    const [head = '', body = '', signature = ''] = jws.split('.');
    const altered = [
      `${head}.${Buffer.from(JSON.stringify({ ...claims(), body: secret })).toString('base64url')}.${signature}`,
      `${head}.${body}.${Buffer.alloc(64).toString('base64url')}`,
      `${head}.${body}.`,
      `${head}.${body}`,
      `${jws}.`,
      ` ${jws}`,
      `${jws}\n`,
      `${jws}=`,
      `${head}.${body}.${signature.replaceAll('-', '+').replaceAll('_', '/')}=`,
      // The last character of 64 bytes in base64url carries four unused bits.
      `${jws.slice(0, -1)}${jws.endsWith('A') ? 'B' : 'A'}`,
      `${Buffer.from(JSON.stringify({ alg: 'none', kid: key.kid, typ: message.type })).toString('base64url')}.${body}.`,
      `${Buffer.from(JSON.stringify({ alg: 'HS256', kid: key.kid, typ: message.type })).toString('base64url')}.${body}.${signature}`,
      secret,
      '',
    ];
    for (const text of altered) {
      const error: unknown = await verifyMessage(text, expected()).catch((thrown: unknown) => thrown);
      expect(error, text.slice(-20)).toMatchObject({
        code: expect.stringMatching(/^sealing\.(malformed|signature_invalid)$/) as unknown,
      });
      expect(JSON.stringify(error) + String((error as Error).stack) + String((error as Error).cause)).not.toContain(secret);
    }
  });
});

describe('keys', () => {
  it('of one issuer are at most two, for rotation', async () => {
    const jwks = (await Promise.all([1, 2, 3].map(generateMessageKeyJwk))).map(publicMessageJwk);
    expect(createTrustedKeys({ a: jwks.slice(0, 2) }).byKid.size).toBe(2);
    expect(() => createTrustedKeys({ a: jwks })).toThrow(code('sealing.key_invalid'));
  });

  it('are refused as trusted when they carry their private half, stand twice, or are no Ed25519 key', async () => {
    const { publicKey } = await generateKeyPair('ES256', { extractable: true });
    const ec = await exportJWK(publicKey);
    for (const keys of [
      { a: [keyJwk] },
      { a: [publicMessageJwk(keyJwk)], b: [publicMessageJwk(keyJwk)] },
      { a: [ec] },
      { a: [{}] },
      { a: [{ ...publicMessageJwk(keyJwk), kid: 'mine' }] },
    ]) {
      expect(() => createTrustedKeys(keys)).toThrow(code('sealing.key_invalid'));
    }
  });

  it('are refused for signing when the halves do not belong together or one is missing', async () => {
    const { d = '' } = await generateMessageKeyJwk();
    const { kid: _kid, ...bare } = keyJwk;
    await expect(loadMessageKey('a', { ...bare, d })).rejects.toEqual(code('sealing.key_invalid'));
    await expect(loadMessageKey('a', publicMessageJwk(keyJwk))).rejects.toEqual(code('sealing.key_invalid'));
    await expect(loadMessageKey('a', { ...keyJwk, kid: 'somebody-elses' })).rejects.toEqual(code('sealing.key_invalid'));
  });

  it('cannot be exported once loaded', async () => {
    expect(key.privateKey.extractable).toBe(false);
    expect(JSON.stringify(key.publicJwk)).not.toContain(keyJwk.d);
  });
});

describe('a sealed secret', () => {
  const header = { sub: 'user-1', exchange: 'binance', environment: 'live', apiKey: 'public-half' };
  let sealing: { readonly publicJwk: JWK; readonly privateJwk: JWK; readonly privateKey: CryptoKey };

  beforeAll(async () => {
    const pair = await generateKeyPair('ECDH-ES', { crv: 'P-256', extractable: true });
    const privateJwk = await exportJWK(pair.privateKey);
    sealing = {
      publicJwk: { ...(await exportJWK(pair.publicKey)), kid: 'k1', use: 'enc' },
      privateJwk,
      privateKey: importSealingKey(privateJwk),
    };
  });
  const open = (jwe: string, over: Partial<Parameters<typeof openSecret>[1]> = {}) =>
    openSecret(jwe, {
      privateKeyOf: (kid) => (kid === 'k1' ? sealing.privateKey : undefined),
      maxAgeMs: 600_000,
      clock,
      ...over,
    });
  const seal = (over: object = {}) =>
    sealSecret({ recipient: sealing.publicJwk, header, secret: new TextEncoder().encode(secret), clock, ...over });

  it('opens byte for byte, with a header that can be held against the command', async () => {
    const opened = await open(await seal());
    expect(opened.secret.toString()).toBe(secret);
    expect(opened.header).toEqual({ ...header, kid: 'k1', iat: now, jti: expect.any(String) as unknown });
    // Its own memory, so that overwriting it reaches every copy of ours and nothing of others.
    expect(opened.secret.buffer.byteLength).toBe(secret.length);
  });

  it('opens in any JOSE library, as DESIGN 4 says what it is', async () => {
    const { plaintext, protectedHeader } = await compactDecrypt(await seal(), sealing.privateKey);
    expect(new TextDecoder().decode(plaintext)).toBe(secret);
    expect(protectedHeader).toMatchObject({ alg: 'ECDH-ES', enc: 'A256GCM', typ: 'latchkey-secret', kid: 'k1', ...header });
  });

  it.each<[string, object]>([
    ['a jti with a zero in it', { jti: 'a\u0000b'.repeat(8) }],
    ['half a character as jti', { jti: '\ud800'.repeat(16) }],
    ['a jti that others may have chosen too', { jti: '1' }],
    ['a jti beyond any length', { jti: 'j'.repeat(65) }],
    ['a kid with a zero in it', { kid: 'k1\u0000' }],
  ])('is refused with %s, before a key is looked up', async (_what, over) => {
    const asked: string[] = [];
    const privateKeyOf = (kid: string) => {
      asked.push(kid);
      return sealing.privateKey;
    };
    const protectedHeader = { kid: 'k1', typ: 'latchkey-secret', ...header, iat: now / 1_000, jti: 'a-jti-that-is-long-enough' };
    const jwe = await new CompactEncrypt(new TextEncoder().encode(secret))
      .setProtectedHeader({ ...protectedHeader, ...over, alg: 'ECDH-ES', enc: 'A256GCM' })
      .encrypt(await importJWK(sealing.publicJwk, 'ECDH-ES'));
    await expect(open(jwe, { privateKeyOf })).rejects.toEqual(code('sealing.malformed'));
    expect(asked).toEqual([]);
  });

  it('is refused in any other profile: no zip, no other cipher, no wrapped key, no party info, no other name', async () => {
    const recipient = await importJWK(sealing.publicJwk, 'ECDH-ES');
    const make = (over: Readonly<Record<string, unknown>>, apu?: Uint8Array) => {
      const facts = { kid: 'k1', typ: 'latchkey-secret', ...header, iat: now / 1_000, jti: 'a-jti-that-is-long-enough' };
      const encrypt = new CompactEncrypt(new TextEncoder().encode(secret));
      encrypt.setProtectedHeader({ alg: 'ECDH-ES', enc: 'A256GCM', ...facts, ...over });
      return (apu ? encrypt.setKeyManagementParameters({ apu }) : encrypt).encrypt(recipient);
    };
    const jwes = await Promise.all([
      make({ zip: 'DEF' }),
      make({ enc: 'A128GCM' }),
      make({ enc: 'A256CBC-HS512' }),
      make({ alg: 'ECDH-ES+A256KW' }),
      make({ cty: 'x' }),
      make({}, new Uint8Array([1])),
    ]);
    for (const jwe of jwes) await expect(open(jwe)).rejects.toEqual(code('sealing.malformed'));
  });

  it('is refused when old, from the future, or under a key that is gone', async () => {
    await expect(open(await seal({ clock: at(-600_001) }))).rejects.toEqual(code('sealing.stale'));
    await expect(open(await seal({ clock: at(5_001) }))).rejects.toEqual(code('sealing.stale'));
    await expect(open(await seal(), { privateKeyOf: () => undefined })).rejects.toEqual(code('sealing.unknown_key'));
  });

  it('is refused when its header was changed on the way: it is authenticated', async () => {
    const [head = '', ...rest] = (await seal()).split('.');
    const changed = { ...(JSON.parse(Buffer.from(head, 'base64url').toString()) as object), sub: 'somebody-else' };
    await expect(open([Buffer.from(JSON.stringify(changed)).toString('base64url'), ...rest].join('.'))).rejects.toEqual(
      code('sealing.cannot_open'),
    );
  });

  it('is not made of nothing, of too much, or for a key of another kind', async () => {
    await expect(seal({ secret: new Uint8Array() })).rejects.toEqual(code('sealing.malformed'));
    await expect(seal({ secret: new Uint8Array(8_193) })).rejects.toEqual(code('sealing.malformed'));
    await expect(seal({ recipient: { ...sealing.publicJwk, kid: undefined } })).rejects.toEqual(code('sealing.key_invalid'));
    await expect(seal({ recipient: { ...sealing.publicJwk, use: 'sig' } })).rejects.toEqual(code('sealing.key_invalid'));
    await expect(seal({ recipient: { ...keyJwk, kid: 'k1' } })).rejects.toEqual(code('sealing.key_invalid'));
  });

  it('holds a long key, and refuses junk without quoting it', async () => {
    const long = new Uint8Array(8_192).fill(65);
    expect((await open(await seal({ secret: long }))).secret.equals(Buffer.from(long))).toBe(true);
    for (const junk of [secret, `${secret}.a.b.c.d`, 'a.b.c.d.e', `${await seal()}${'A'.repeat(40_000)}`]) {
      const error: unknown = await open(junk).catch((thrown: unknown) => thrown);
      expect(error).toEqual(code('sealing.malformed'));
      expect(String((error as Error).stack)).not.toContain(secret);
    }
  });
});
