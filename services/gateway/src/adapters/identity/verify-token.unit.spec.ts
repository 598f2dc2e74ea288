import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type JSONWebKeySet, type JWTHeaderParameters } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { manualClock } from '@latchkey/testkit';
import { keysAt, keysFrom, publicKeySet } from './key-set.js';
import { createTokenVerifier } from './verify-token.js';

const now = Date.parse('2026-01-31T12:00:00Z');
const seconds = now / 1_000;
const good = { iss: 'https://issuer.example', aud: 'latchkey', sub: 'alice', iat: seconds, exp: seconds + 900, roles: ['user'] };

let ours: CryptoKey;
let theirs: CryptoKey;
let keys: JSONWebKeySet;
beforeAll(async () => {
  const pair = await generateKeyPair('Ed25519', { extractable: true });
  ours = pair.privateKey;
  theirs = (await generateKeyPair('Ed25519')).privateKey;
  keys = publicKeySet.parse({ keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'k1', alg: 'EdDSA' }] });
});

const sign = (claims: Record<string, unknown>, header: Partial<JWTHeaderParameters> = {}, key = ours) =>
  new SignJWT(claims).setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: 'k1', ...header }).sign(key);

const verify = (token: string, rolesClaim = 'roles') =>
  createTokenVerifier({
    keys: keysFrom(keys),
    issuer: good.iss,
    audience: good.aud,
    rolesClaim,
    maxLifetimeSeconds: 3_600,
    clock: manualClock(now),
  })(token);

describe('a token of the configured issuer', () => {
  it.each(['at+jwt', 'JWT', 'application/at+jwt'])('of type %s names its caller', async (typ) => {
    expect(await verify(await sign(good, { typ }))).toEqual({ userId: 'alice', roles: ['user'] });
  });

  it.each([
    ['roles', { roles: 'operator user' }, ['user', 'operator']],
    ['realm_access.roles', { realm_access: { roles: ['auditor', 'root'] } }, ['auditor']],
    ['https://example.com/roles', { 'https://example.com/roles': ['operator'] }, ['operator']],
    ['roles', { roles: ['root'] }, []],
    ['roles', { roles: { user: true } }, []],
    ['elsewhere', { roles: ['operator'] }, ['user']],
  ])('has the roles of the claim "%s" and no others', async (claim, claims, expected) => {
    expect((await verify(await sign({ ...good, ...claims }), claim)).roles).toEqual(expected);
  });
});

describe('a token is refused', () => {
  it.each<[string, Record<string, unknown>]>([
    ['of another issuer', { iss: 'https://evil.example' }],
    ['for another audience', { aud: 'someone-else' }],
    ['without an expiry', { exp: undefined }],
    ['without a subject', { sub: undefined }],
    ['with a subject that is no id', { sub: 'a b\n' }],
    ['without the time of its issue', { iat: undefined }],
    ['from the future', { iat: seconds + 60, exp: seconds + 960 }],
    ['that lives too long', { exp: seconds + 3_601 }],
    ['that is not valid yet', { nbf: seconds + 60 }],
  ])('%s', async (_what, claims) => {
    await expect(verify(await sign({ ...good, ...claims }))).rejects.toMatchObject({ code: 'auth.token_invalid' });
  });

  it('once it has expired, saying so', async () => {
    await expect(verify(await sign({ ...good, iat: seconds - 900, exp: seconds - 6 }))).rejects.toMatchObject({
      code: 'auth.token_expired',
    });
  });

  it.each<[string, Partial<JWTHeaderParameters>]>([
    ['jku', { jku: 'https://evil.example/jwks' }],
    ['x5u', { x5u: 'https://evil.example/cert' }],
    ['jwk', { jwk: { kty: 'OKP', crv: 'Ed25519', x: 'AA' } }],
    ['x5c', { x5c: ['AA'] }],
    ['no type', { typ: undefined as never }],
    ['another type', { typ: 'latchkey-message' }],
    ['an unknown key', { kid: 'k2' }],
  ])('with %s in its header', async (_what, header) => {
    await expect(verify(await sign(good, header))).rejects.toMatchObject({ code: 'auth.token_invalid' });
  });

  it('signed by another key, by nobody, or with a shared secret', async () => {
    const secret = new TextEncoder().encode(JSON.stringify(keys));
    const shared = await new SignJWT(good).setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid: 'k1' }).sign(secret);
    const unsigned = new UnsecuredJWT(good).encode();
    for (const token of [
      await sign(good, {}, theirs),
      shared,
      unsigned,
      'a.b.c',
      '',
      'x'.repeat(9_000),
      `${await sign(good)}A`,
    ]) {
      await expect(verify(token)).rejects.toMatchObject({ code: 'auth.token_invalid' });
    }
  });

  it('without a word of it in the error', async () => {
    const token = await sign(good, {}, theirs);
    const error: unknown = await verify(token).catch((thrown: unknown) => thrown);
    expect(JSON.stringify([error, (error as Error).message, (error as Error).cause])).not.toContain(token.split('.')[1]);
  });
});

describe('the key set', () => {
  it('is refused when it holds a private or a symmetric key', async () => {
    const privateJwk = { ...(await exportJWK(ours)), kid: 'k1' };
    expect(publicKeySet.safeParse({ keys: [privateJwk] }).success).toBe(false);
    expect(publicKeySet.safeParse({ keys: [{ kty: 'oct', k: 'AA', kid: 'k1' }] }).success).toBe(false);
    expect(publicKeySet.safeParse({ keys: [] }).success).toBe(false);
  });

  it("that cannot be fetched is not the caller's fault", async () => {
    const failing = () => Promise.resolve(new Response(null, { status: 500 }));
    const rules = {
      issuer: good.iss,
      audience: good.aud,
      rolesClaim: 'roles',
      maxLifetimeSeconds: 3_600,
      clock: manualClock(now),
    };
    const outcome = createTokenVerifier({ ...rules, keys: keysAt(new URL('https://issuer.example/jwks'), failing) })(
      await sign(good),
    );
    await expect(outcome).rejects.toMatchObject({ code: 'auth.keys_unavailable' });
  });
});
