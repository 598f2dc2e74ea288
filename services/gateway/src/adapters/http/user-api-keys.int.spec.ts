import { createHash, generateKeyPairSync } from 'node:crypto';
import { sealSecret } from '@latchkey/sealing';
import { compactDecrypt } from 'jose';
import { RpcError } from '@latchkey/messaging';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { gatewayFixture, type GatewayFixture } from '../../testing/gateway-fixture.js';

const credential = {
  exchange: 'binance',
  environment: 'live',
  credentialId: '0198d3a0-0000-7000-8000-000000000001',
  maskedKey: '9dUV...VKMh',
  enabled: true,
  verified: true,
  verifiedAt: '2025-10-01T10:00:00.000Z',
} as const;
const instant = '2026-01-31T12:00:00.000Z';
const ids = { verificationId: '7c1a8a52-1f3b-4a60-9d0e-0d7f2b0f6a01', credentialId: credential.credentialId };
const apiKey = 'k'.repeat(64);
const apiSecret = 'CANARYvmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91';

const vault = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const jwk = {
  ...(vault.publicKey.export({ format: 'jwk' }) as { x: string; y: string }),
  kty: 'EC',
  crv: 'P-256',
  kid: 'vault-1',
  use: 'enc',
} as const;

let gateway: GatewayFixture;
let forgotten = 0;
beforeAll(async () => {
  gateway = await gatewayFixture({
    sealer: {
      sealingKey: () => gateway.services.rpc.call('qry.key-vault.sealing-key', {}),
      seal: (header, secret) => sealSecret({ recipient: jwk, header, secret }),
      forgetKey: () => void (forgotten += 1),
    },
  });
});
afterAll(() => gateway.close());

const lastCall = (subject: string) =>
  gateway.services.calls.findLast((call) => call.subject === subject)?.request as Record<string, never>;
const alice = { user: 'alice' };

describe('API keys', () => {
  beforeEach(() => {
    gateway.services.answer({
      'qry.key-vault.sealing-key': () => ({ jwk, signed: 'a.b.c' }),
      'qry.key-vault.credentials': () => ({ credentials: [credential] }),
      'cmd.key-vault.save-credential': () => ({ credentialId: credential.credentialId, maskedKey: '9dUV...VKMh' }),
      'cmd.key-vault.delete-credential': () => ({ credentialId: credential.credentialId }),
      'cmd.key-vault.begin-verification': () => ({ ...ids, expiresAt: instant }),
    });
  });

  it('are saved with the answer of the guide, the secret sealed to the vault', async () => {
    const answer = await gateway.request('POST', '/api/user-api-keys/binance', { ...alice, body: { apiKey, apiSecret } });
    expect([answer.status, answer.json]).toEqual([
      200,
      { success: true, message: 'API key saved successfully', masked_key: '9dUV...VKMh' },
    ]);
    const sent = lastCall('cmd.key-vault.save-credential');
    expect(JSON.stringify(sent)).not.toContain('CANARY');
    const opened = await compactDecrypt(sent['sealedSecret'] ?? '', vault.privateKey);
    expect(Buffer.from(opened.plaintext).toString()).toBe(apiSecret);
    expect(opened.protectedHeader).toMatchObject({ sub: 'alice', exchange: 'binance', environment: 'live', apiKey });
  });

  it('go with where the request came from, as a commitment whose opening stays in one table', async () => {
    await gateway.request('POST', '/api/user-api-keys/binance', {
      ...alice,
      body: { apiKey, apiSecret },
      headers: { 'user-agent': 'spec/1' },
    });
    const { origin } = lastCall('cmd.key-vault.save-credential')['context'] as unknown as {
      origin: { id: string; commitment: string };
    };
    const { rows } = await gateway.pool.query('select actor, address, user_agent, salt from origins where id = $1', [origin.id]);
    expect(rows[0]).toMatchObject({ actor: 'user:alice', address: '127.0.0.1', user_agent: 'spec/1' });
    const opened = createHash('sha256').update(rows[0].salt).update('{"address":"127.0.0.1","userAgent":"spec/1"}').digest('hex');
    expect(origin.commitment).toBe(opened);
  });

  it('are sealed to a key that is fetched anew, once the vault did not open what was sealed to the one at hand', async () => {
    const saving = async (code: string) => {
      gateway.services.answer({
        'cmd.key-vault.save-credential': () => {
          throw new RpcError(code, 'no', {}, { refused: true });
        },
      });
      await gateway.request('POST', '/api/user-api-keys/binance', { ...alice, body: { apiKey, apiSecret } });
    };
    await saving('vault.api_key_format');
    expect(forgotten).toBe(0);
    await saving('vault.sealed_secret_invalid');
    expect(forgotten).toBe(1);
  });

  it('may come sealed, for this user, exchange, environment and key only', async () => {
    const header = { sub: 'alice', exchange: 'binance', environment: 'testnet', apiKey };
    const seal = (over: object) => sealSecret({ recipient: jwk, header: { ...header, ...over }, secret: Buffer.from(apiSecret) });
    const send = async (over: object) =>
      gateway.request('POST', '/api/user-api-keys/binance', {
        ...alice,
        body: { apiKey, sealedSecret: await seal(over), environment: 'testnet' },
      });
    expect((await send({})).status).toBe(200);
    for (const over of [{ sub: 'mallory' }, { exchange: 'bybit' }, { environment: 'live' }, { apiKey: 'other'.repeat(3) }]) {
      expect((await send(over)).json.error.code).toBe('sealing.mismatch');
    }
  });

  it('are verified by vault and executor together', async () => {
    const permissions = { canRead: true, canTrade: true, canWithdraw: false };
    gateway.services.answer({
      'cmd.trade-executor.verify-credential': () => ({ verified: true, message: 'ok', permissions, warnings: [] }),
    });
    const answer = await gateway.request('POST', '/api/user-api-keys/binance/verify?environment=testnet', alice);
    expect([answer.status, answer.json]).toEqual([
      200,
      {
        success: true,
        message: 'API key verified successfully',
        permissions: { can_read: true, can_trade: true, can_withdraw: false },
      },
    ]);
    expect(lastCall('cmd.trade-executor.verify-credential')).toMatchObject({
      ...ids,
      userId: 'alice',
      exchange: 'binance',
      environment: 'testnet',
    });
  });

  it('that can withdraw are refused with the reason', async () => {
    const permissions = { canRead: true, canTrade: true, canWithdraw: true };
    const verdict = { verified: false, code: 'vault.key_can_withdraw', message: 'it may withdraw', permissions, warnings: [] };
    gateway.services.answer({ 'cmd.trade-executor.verify-credential': () => verdict });
    const answer = await gateway.request('POST', '/api/user-api-keys/binance/verify', alice);
    expect([answer.status, answer.json.error.code]).toEqual([422, 'vault.key_can_withdraw']);
    expect(answer.json.error.details).toEqual({ permissions: { can_read: true, can_trade: true, can_withdraw: true } });
  });

  it('show their state', async () => {
    const state = {
      has_key: true,
      masked_key: '9dUV...VKMh',
      enabled: true,
      verified: true,
      verified_at: '2025-10-01T10:00:00.000Z',
    };
    const one = await gateway.request('GET', '/api/user-api-keys/binance/status', alice);
    const none = await gateway.request('GET', '/api/user-api-keys/binance/status?environment=testnet', alice);
    const all = await gateway.request('GET', '/api/user-api-keys/all/status', alice);
    expect(one.json).toEqual({ success: true, ...state });
    expect(none.json).toEqual({ success: true, has_key: false });
    expect(all.json).toEqual({
      success: true,
      tradingMode: 'PERSONAL',
      exchanges: { bybit: { has_key: false }, binance: state },
    });
  });

  it('tell what their owner should know, and on request all that the exchange told', async () => {
    const report = {
      granted: ['Spot:SpotTrade'],
      ipRestricted: false,
      markets: { spot: { canRead: true, canTrade: true }, linear: { canRead: null, canTrade: false } },
      account: { type: 'unified' as const },
      expiresAt: '2025-11-01T10:00:00.000Z',
    };
    const told = {
      report,
      daysLeft: 3,
      warnings: [{ code: 'expires_soon', message: 'renew it' }],
      permissions: { canRead: true, canTrade: true, canWithdraw: false },
      nextVerificationAt: '2025-10-02T10:00:00.000Z',
    };
    const [key] = (await gateway.services.rpc.call('qry.key-vault.credentials', { userId: 'alice' })).credentials;
    gateway.services.answer({ 'qry.key-vault.credentials': () => ({ credentials: key ? [{ ...key, ...told }] : [] }) });
    const notices = {
      warnings: ['renew it'],
      warningCodes: ['expires_soon'],
      expiresAt: report.expiresAt,
      daysLeft: 3,
    };
    const short = await gateway.request('GET', '/api/user-api-keys/binance/status', alice);
    expect(short.json).toMatchObject({ has_key: true, ...notices });
    expect(short.json).not.toHaveProperty('permissions');
    const all = await gateway.request('GET', '/api/user-api-keys/binance/status?details=true', alice);
    expect(all.json).toEqual({
      ...short.json,
      permissions: { can_read: true, can_trade: true, can_withdraw: false },
      markets: report.markets,
      account: report.account,
      ipRestricted: false,
      grantedRights: report.granted,
      nextVerificationAt: told.nextVerificationAt,
    });
    const unread = await gateway.request('GET', '/api/user-api-keys/binance/status?details=perhaps', alice);
    expect([unread.status, unread.json.error.code]).toEqual([400, 'request.invalid']);
  });

  it('have a history, in pages, of the caller alone', async () => {
    const entry = {
      id: '0199d3a0-7c00-7000-8000-000000000001',
      at: '2025-10-01T10:00:00.000Z',
      type: 'verification_failed' as const,
      by: 'schedule' as const,
      code: 'vault.key_revoked',
      message: 'it was deleted there',
      definite: true,
    };
    gateway.services.answer({ 'qry.key-vault.history': () => ({ entries: [entry], nextCursor: 'MQ' }) });
    const answer = await gateway.request('GET', '/api/user-api-keys/bybit/history?environment=testnet&limit=1&cursor=Mg', alice);
    expect([answer.status, answer.json]).toEqual([200, { success: true, history: [entry], nextCursor: 'MQ' }]);
    expect(lastCall('qry.key-vault.history')).toEqual({
      userId: 'alice',
      exchange: 'bybit',
      environment: 'testnet',
      limit: 1,
      cursor: 'Mg',
    });
    expect((await gateway.request('GET', '/api/user-api-keys/bybit/history?limit=201', alice)).status).toBe(400);
    expect((await gateway.request('GET', '/api/user-api-keys/bybit/history')).status).toBe(401);
  });

  it('are deleted', async () => {
    const answer = await gateway.request('DELETE', '/api/user-api-keys/binance', alice);
    expect(answer.json).toEqual({ success: true, message: 'API key deleted successfully' });
  });

  it('have one trading mode', async () => {
    const mode = (value: string) =>
      gateway.request('POST', '/api/user-api-keys/trading-mode', { ...alice, body: { mode: value } });
    expect((await mode('PERSONAL')).json).toEqual({ success: true, message: 'Trading mode set to PERSONAL' });
    for (const other of ['POOLED', 'HYBRID']) {
      const answer = await mode(other);
      expect([answer.status, answer.json.error.code]).toEqual([422, 'trading_mode.not_supported']);
      expect(answer.json.error.message).toContain('never holds funds');
    }
  });

  it('give out the sealing key to anybody', async () => {
    expect((await gateway.request('GET', '/api/user-api-keys/sealing-key')).json).toEqual({
      success: true,
      jwk,
      signed: 'a.b.c',
    });
  });
});
