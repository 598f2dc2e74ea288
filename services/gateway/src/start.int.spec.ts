import { replayPage } from '@latchkey/contracts';
import { generateMessageKeyJwk, loadMessageKey, publicMessageJwk, type JWK } from '@latchkey/sealing';
import { connectNats, createRpcClient, provisionBroker, type Provisioned } from '@latchkey/messaging';
import { createLifecycle, loadConfig } from '@latchkey/service-kit';
import { eventually, nats, ownPostgres, type OwnPostgres, type SpecDatabase, type SpecNats } from '@latchkey/testkit';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { createServer } from 'node:net';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gatewayConfig } from './config.js';
import { start } from './start.js';

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const lifecycle = createLifecycle({ log: quiet as never });
// TradingView hangs up after 3 s; whoever waits that long has lost the alert.
const patienceMs = 2_900;

let server: OwnPostgres;
let database: SpecDatabase;
let broker: SpecNats;
let provisioned: Provisioned | undefined;
let audit: { readonly jwk: JWK };
let ours: { readonly jwk: JWK };
let url: string;
let token: string;

const freePort = () =>
  new Promise<number>((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });

beforeAll(async () => {
  [server, broker] = await Promise.all([ownPostgres({ durability: 'full' }), nats()]);
  database = await server.database('gateway');
  await broker.stop(); // the gateway starts without it
  ours = { jwk: await generateMessageKeyJwk() };
  audit = { jwk: await generateMessageKeyJwk() };
  const issuer = await generateKeyPair('Ed25519', { extractable: true });
  const port = await freePort();
  const config = loadConfig(gatewayConfig, {
    DATABASE_URL: database.url,
    NATS_URL: broker.url,
    LATCHKEY_NKEY_SEED: broker.identities.gateway.seed,
    LATCHKEY_MESSAGE_KEY: JSON.stringify(ours.jwk),
    LATCHKEY_TRUSTED_KEYS: JSON.stringify({ gateway: [publicMessageJwk(ours.jwk)], audit: [publicMessageJwk(audit.jwk)] }),
    LATCHKEY_INSTANCE: 'spec',
    PORT: String(port),
    JWT_ISSUER: 'https://issuer.example',
    JWKS: JSON.stringify({ keys: [{ ...(await exportJWK(issuer.publicKey)), kid: 'spec' }] }),
  });
  await start({ config, lifecycle, log: quiet as never });
  url = `http://127.0.0.1:${port}`;
  const now = Math.floor(Date.now() / 1_000);
  token = await new SignJWT({
    iss: 'https://issuer.example',
    aud: 'latchkey',
    sub: 'alice',
    iat: now,
    exp: now + 900,
    roles: ['user'],
  })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: 'spec' })
    .sign(issuer.privateKey);
});
afterAll(async () => {
  await server.thaw();
  await lifecycle.stop();
  await provisioned?.stop();
  await broker.remove();
  await server.remove();
});

const call = async (method: string, path: string, body?: string, waitMs = patienceMs) => {
  const answer = await fetch(path.startsWith('http') ? path : `${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body }),
    signal: AbortSignal.timeout(waitMs),
  });
  // oxlint-disable-next-line typescript/no-explicit-any -- specs look into whatever came back
  return { status: answer.status, json: (await answer.json()) as any };
};
const ask = async (sql: string): Promise<unknown> => {
  const client = new Client({ connectionString: database.url });
  await client.connect();
  try {
    return (await client.query<{ found: unknown }>(sql)).rows[0]?.found;
  } finally {
    await client.end();
  }
};
const newWebhook = async (): Promise<string> => {
  const { json } = await call('POST', '/api/strategies', '{"name":"Breakout"}');
  return `${url}${new URL(json.strategy.webhookUrl).pathname}`;
};
const alert = (orderId: string) => JSON.stringify({ ticker: 'BTCUSDT', action: 'buy', orderId, time: new Date().toISOString() });

describe('while NATS is away', () => {
  it('alerts are taken, and readiness says what is missing', async () => {
    const webhook = await newWebhook();
    const taken = await call('POST', webhook, alert('a'));
    expect([taken.status, taken.json.status]).toEqual([202, 'accepted']);
    const ready = await call('GET', '/health/ready');
    expect(ready.status).toBe(200);
    expect(ready.json).toEqual({
      status: 'degraded',
      parts: { postgres: 'ok', nats: 'away', 'key-vault': 'away', 'trade-executor': 'away', audit: 'away' },
    });
    const trades = await call('GET', '/api/trades');
    expect([trades.status, trades.json.error.code, trades.json.error.details]).toEqual([
      503,
      'rpc.unavailable',
      { part: 'trade-executor' },
    ]);
  });
});

describe('once NATS is there', () => {
  it('what was taken meanwhile is published', async () => {
    await broker.start();
    const log = quiet;
    const provisioner = await connectNats({
      identity: 'provisioner',
      url: broker.url,
      seed: broker.identities.provisioner.seed,
      log,
    });
    provisioned = await provisionBroker({ broker: provisioner, log, watch: false });
    lifecycle.onStop('provisioner', () => provisioner.close());
    await eventually(async () => {
      expect(await ask('select count(*)::int as found from events where logseq is null')).toBe(0);
    });
    await eventually(async () => expect((await call('GET', '/health/ready')).json.parts.nats).toBe('ok'));
  });

  it('audit can ask where a request came from', async () => {
    const log = quiet;
    const connection = await connectNats({ identity: 'audit', url: broker.url, seed: broker.identities.audit.seed, log });
    lifecycle.onStop('audit', () => connection.close());
    await connection.connected();
    const rpc = createRpcClient({
      broker: connection,
      identity: 'audit',
      messageKey: await loadMessageKey('audit', audit.jwk),
      log,
    });
    const originId = String(await ask('select id as found from origins limit 1'));
    const origin = await eventually(() => rpc.call('qry.gateway.origin', { originId }));
    expect(origin).toEqual({ address: '127.0.0.1', userAgent: 'node', salt: expect.stringMatching(/^[0-9a-f]{32}$/) });
    const erased = await rpc.call('qry.gateway.origin', { originId: '00000000-0000-4000-8000-000000000000' });
    expect(erased).toEqual({ address: null, userAgent: null, salt: null });
    const replayed = await rpc.call('cmd.gateway.replay', { epoch: 1, from: 1, to: 10 });
    expect(replayPage.parse(JSON.parse(replayed.text)).events.map(({ type }) => type)).toEqual([
      'StrategyCreated',
      'SignalReceived',
    ]);
  });
});

describe('while Postgres does not answer', () => {
  it('an alert is 503 in time, and counts once when its bytes come again', async () => {
    const webhook = await newWebhook();
    const body = alert('frozen');
    await server.freeze();
    const listing = call('GET', '/api/strategies', undefined, 20_000);
    const refused = await call('POST', webhook, body);
    expect([refused.status, refused.json.error.code]).toEqual([503, 'alert.not_stored']);
    await eventually(async () => expect((await call('GET', '/health/ready')).status).toBe(503));
    expect((await call('GET', '/health/live')).status).toBe(200);
    const unlisted = await listing;
    expect([unlisted.status, unlisted.json.error.code]).toEqual([503, 'storage.unavailable']);
    await server.thaw();
    const taken = await eventually(async () => {
      const again = await call('POST', webhook, body);
      expect(again.status).toBe(202);
      return again;
    });
    const once = await call('POST', webhook, body);
    expect(once.json).toMatchObject({ status: 'duplicate', signalId: taken.json.signalId });
  });

  it('and after it was killed, the gateway goes on by itself', async () => {
    const webhook = await newWebhook();
    await server.kill();
    const refused = await call('POST', webhook, alert('killed'));
    expect([refused.status, refused.json.error.code]).toEqual([503, 'alert.not_stored']);
    const listed = await call('GET', '/api/strategies');
    expect([listed.status, listed.json.error.code]).toEqual([503, 'storage.unavailable']);
    await server.start();
    await eventually(async () => expect((await call('POST', webhook, alert('back'))).status).toBe(202));
  });
});
