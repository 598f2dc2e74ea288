import { AppError } from '@latchkey/kernel';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { refusal } from '../../app/errors.js';
import { gatewayFixture, type GatewayFixture } from '../../testing/gateway-fixture.js';

const publicKey = '-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA\n-----END PUBLIC KEY-----\n';
const expiresAt = '2026-11-29T09:00:00.000Z';
const instant = '2026-01-31T12:00:00.000Z';
const apiKey = 'k'.repeat(64);
const credentialId = '0198d3a0-0000-7000-8000-000000000001';
const ids = { verificationId: '7c1a8a52-1f3b-4a60-9d0e-0d7f2b0f6a01', credentialId };
const permissions = { canRead: true, canTrade: true, canWithdraw: false };
const alice = { user: 'alice' };
const root = '/api/user-api-keys/binance';

let gateway: GatewayFixture;
let trusted = true;
const checked: unknown[] = [];
beforeAll(async () => {
  gateway = await gatewayFixture({
    vouched: {
      check: async (signed, expected) => {
        checked.push({ signed, expected });
        if (!trusted) throw refusal('public_key.untrusted');
      },
    },
  });
});
afterAll(() => gateway.close());
beforeEach(() => {
  trusted = true;
  gateway.services.answer({
    'cmd.key-vault.generate-key-pair': () => ({ publicKey, expiresAt, signed: 'a.b.c' }),
    'cmd.key-vault.activate-key-pair': () => ({ credentialId, maskedKey: 'kkkk...kkkk' }),
    'cmd.key-vault.begin-verification': () => ({ ...ids, expiresAt: instant }),
    'cmd.trade-executor.verify-credential': () => ({
      verified: true,
      message: 'ok',
      permissions,
      warnings: ['bind it'],
      warningCodes: ['no_ip_restriction'],
    }),
  });
});

const callsOf = (...subjects: readonly string[]) => gateway.services.calls.filter(({ subject }) => subjects.includes(subject));
const refuse = (code: string) => () => {
  throw new AppError(code, `refused: ${code}`);
};

describe('generating a pair', () => {
  it('answers the public key with the word of the vault, which was checked for this user', async () => {
    const answer = await gateway.request('POST', `${root}/generate?environment=testnet`, alice);
    expect([answer.status, answer.json]).toEqual([
      200,
      { success: true, message: expect.stringContaining('Register'), publicKey, signed: 'a.b.c', expiresAt },
    ]);
    const account = { userId: 'alice', exchange: 'binance', environment: 'testnet' };
    expect(checked.at(-1)).toEqual({ signed: 'a.b.c', expected: { ...account, publicKey, expiresAt } });
    expect(callsOf('cmd.key-vault.generate-key-pair').at(-1)?.request).toMatchObject({
      ...account,
      context: { actor: 'user:alice', origin: { id: expect.any(String) } },
    });
  });

  it('shows no key that the vault has not signed', async () => {
    trusted = false;
    const answer = await gateway.request('POST', `${root}/generate`, alice);
    expect([answer.status, answer.json.error.code]).toEqual([503, 'public_key.untrusted']);
    expect(answer.text).not.toContain('MCow');
  });

  it('is refused where there are no such keys, and where there is no such exchange', async () => {
    gateway.services.answer({ 'cmd.key-vault.generate-key-pair': refuse('vault.key_type_not_at_exchange') });
    const bybit = await gateway.request('POST', '/api/user-api-keys/bybit/generate', alice);
    expect([bybit.status, bybit.json.error.code]).toEqual([422, 'vault.key_type_not_at_exchange']);
    const other = await gateway.request('POST', '/api/user-api-keys/kraken/generate', alice);
    expect([other.status, other.json.error.code]).toEqual([404, 'exchange.unknown']);
    expect((await gateway.request('POST', `${root}/generate?environment=paper`, alice)).json.error.code).toBe('request.invalid');
    expect((await gateway.request('POST', `${root}/generate`)).status).toBe(401);
  });
});

describe('activating a pair', () => {
  const activate = (body: object) => gateway.request('POST', `${root}/activate`, { ...alice, body });

  it('binds the key and verifies it at once, with the answers of save and verify in one', async () => {
    const answer = await activate({ apiKey });
    expect([answer.status, answer.json]).toEqual([
      200,
      {
        success: true,
        message: 'API key activated successfully',
        masked_key: 'kkkk...kkkk',
        permissions: { can_read: true, can_trade: true, can_withdraw: false },
        warnings: ['bind it'],
        warningCodes: ['no_ip_restriction'],
      },
    ]);
    const subjects = gateway.services.calls.slice(-3).map(({ subject }) => subject);
    expect(subjects).toEqual([
      'cmd.key-vault.activate-key-pair',
      'cmd.key-vault.begin-verification',
      'cmd.trade-executor.verify-credential',
    ]);
    expect(callsOf('cmd.trade-executor.verify-credential').at(-1)?.request).toMatchObject({ ...ids, environment: 'live' });
  });

  it("says the exchange's no as verify does", async () => {
    const verdict = { verified: false, code: 'vault.key_refused', message: 'refused (-2015)', warnings: [] };
    gateway.services.answer({ 'cmd.trade-executor.verify-credential': () => verdict });
    const answer = await activate({ apiKey });
    expect([answer.status, answer.json.error]).toEqual([
      422,
      {
        code: 'vault.key_refused',
        message: expect.stringContaining('check that it exists'),
        details: { permissions: { can_read: null, can_trade: null, can_withdraw: null } },
      },
    ]);
  });

  it.each([
    ['vault.key_pair_not_found', 404],
    ['vault.key_pair_replaced', 409],
    ['vault.api_key_format', 422],
    ['vault.conflict', 409],
  ])('passes %s on, and asks no exchange', async (code, status) => {
    const before = callsOf('cmd.key-vault.begin-verification').length;
    gateway.services.answer({ 'cmd.key-vault.activate-key-pair': refuse(code) });
    const answer = await activate({ apiKey });
    expect([answer.status, answer.json.error.code]).toEqual([status, code]);
    expect(callsOf('cmd.key-vault.begin-verification')).toHaveLength(before);
  });

  it.each([
    {},
    { apiKey: 'short' },
    { apiKey, apiSecret: 'CANARY-secret' },
    { apiKey: 'k'.repeat(257) },
    { apiKey, environment: 'paper' },
  ])('takes an API key and nothing else (%j), and quotes none of it', async (body) => {
    const answer = await activate(body);
    expect([answer.status, answer.json.error.code]).toEqual([400, 'request.invalid']);
    expect(answer.text).not.toMatch(/CANARY|kkkk|paper/);
  });
});

describe('a private key in PEM', () => {
  it('is shown by its type in the status; a key with a secret as the guide has it', async () => {
    const key = {
      exchange: 'binance',
      environment: 'live',
      credentialId,
      maskedKey: 'kkkk...kkkk',
      enabled: true,
      verified: false,
    } as const;
    for (const keyType of ['ed25519', 'rsa', undefined] as const) {
      const credentials = [{ ...key, ...(keyType === undefined ? {} : { keyType }) }];
      gateway.services.answer({ 'qry.key-vault.credentials': () => ({ credentials }) });
      const { json } = await gateway.request('GET', `${root}/status`, alice);
      expect(json).toEqual({
        success: true,
        has_key: true,
        masked_key: 'kkkk...kkkk',
        enabled: true,
        verified: false,
        ...(keyType === undefined ? {} : { keyType }),
      });
    }
  });
});
