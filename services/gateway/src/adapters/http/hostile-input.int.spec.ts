import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { manualClock } from '@latchkey/testkit';
import { gatewayErrors } from '@latchkey/contracts';
import { limitsOf } from '../postgres/rate-limiter.js';
import { gatewayFixture, type Answer, type GatewayFixture } from '../../testing/gateway-fixture.js';

const canary = 'CANARYvmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91';
const id = '0198d3a0-0000-7000-8000-000000000001';

let gateway: GatewayFixture;
beforeAll(async () => {
  gateway = await gatewayFixture();
});
afterAll(() => gateway.close());

const routes: readonly (readonly [string, string])[] = [
  ['POST', '/api/user-api-keys/binance'],
  ['POST', '/api/user-api-keys/binance/verify'],
  ['GET', '/api/user-api-keys/binance/status'],
  ['GET', '/api/user-api-keys/all/status'],
  ['DELETE', '/api/user-api-keys/binance'],
  ['POST', '/api/user-api-keys/trading-mode'],
  ['GET', '/api/user-api-keys/sealing-key'],
  ['GET', '/api/egress-addresses'],
  ['POST', '/api/strategies'],
  ['GET', '/api/strategies'],
  ['GET', `/api/strategies/${id}`],
  ['DELETE', `/api/strategies/${id}`],
  ['GET', `/api/strategies/${id}/alerts`],
  ['POST', `/api/strategies/${id}/rotate-token`],
  ['PUT', `/api/strategies/${id}/follow`],
  ['GET', `/api/strategies/${id}/follow`],
  ['DELETE', `/api/strategies/${id}/follow`],
  ['POST', '/api/trading/halt'],
  ['POST', '/api/trading/resume'],
  ['GET', '/api/risk-limits'],
  ['PUT', '/api/risk-limits'],
  ['GET', `/api/signals/${id}`],
  ['GET', '/api/trades'],
  ['GET', `/api/trades/${id}`],
  ['GET', '/api/audit'],
];
const guarded = routes.filter(([, path]) => path !== '/api/user-api-keys/sealing-key');
const withBody = routes.filter(([method]) => ['POST', 'PUT'].includes(method));

const expectRefusal = (answer: Answer, statuses?: readonly number[]): void => {
  expect(answer.json, answer.text).toMatchObject({
    success: false,
    error: { code: expect.any(String), message: expect.any(String) },
  });
  expect(Object.keys(gatewayErrors)).toContain(answer.json.error.code);
  expect(answer.text + JSON.stringify(answer.headers)).not.toContain('CANARY');
  if (statuses) expect(statuses).toContain(answer.status);
};

describe('a route that needs a token', () => {
  it.each(guarded)('%s %s serves nobody without one, with a bad one, or with one in the URL', async (method, path) => {
    const good = await gateway.token('alice');
    for (const [url, headers] of [
      [path, {}],
      [path, { authorization: `Bearer ${canary}` }],
      [path, { authorization: `Basic ${canary}` }],
      [`${path}?access_token=${good}&token=${good}`, {}],
    ] as const) {
      expectRefusal(await gateway.request(method, url, { headers }), [401]);
    }
  });
});

describe('a route that takes a body', () => {
  it.each(withBody)('%s %s answers a body that is wrong with 4xx and never repeats it', async (method, path) => {
    const json = { 'content-type': 'application/json' };
    const bodies: readonly (readonly [unknown, Record<string, string>, readonly number[]])[] = [
      [`{"apiSecret": "${canary}`, json, [400]],
      [canary, json, [400]],
      [`"${canary}"`, json, [400, 404, 503]],
      [`apiSecret=${canary}`, { 'content-type': 'application/x-www-form-urlencoded' }, [415]],
      [canary, { 'content-type': canary }, [415]],
      [`[${'['.repeat(5_000)}`, json, [400]],
      [JSON.stringify({ x: canary.repeat(500) }), json, [413]],
    ];
    for (const [body, headers, statuses] of bodies) {
      expectRefusal(await gateway.request(method, path, { user: 'alice', body, headers }), statuses);
    }
  });
});

describe('fields of a body', () => {
  const valid = {
    '/api/user-api-keys/binance': { apiKey: 'k'.repeat(64), apiSecret: canary },
    '/api/user-api-keys/trading-mode': { mode: 'PERSONAL' },
    '/api/strategies': { name: 'x' },
    '/api/trading/halt': { reason: 'x' },
    '/api/trading/resume': { reason: 'x' },
    '/api/risk-limits': { symbols: null },
  } as const;
  const wrong: readonly (readonly [keyof typeof valid, Record<string, unknown>])[] = [
    ['/api/user-api-keys/binance', { [canary]: 1 }],
    ['/api/user-api-keys/binance', { environment: canary }],
    ['/api/user-api-keys/binance', { apiKey: { secret: canary } }],
    ['/api/user-api-keys/binance', { apiKey: canary.repeat(10) }],
    ['/api/user-api-keys/binance', { sealedSecret: canary.repeat(2) }],
    ['/api/user-api-keys/binance', { apiSecret: undefined }],
    ['/api/user-api-keys/binance', { apiSecret: `${canary}${'🔑'.repeat(1_100)}` }],
    ['/api/user-api-keys/binance', { apiSecret: undefined, sealedSecret: `${canary}.${canary}` }],
    ['/api/user-api-keys/binance', { __proto__: null, apiSecret: [canary] }],
    ['/api/user-api-keys/trading-mode', { mode: canary }],
    ['/api/user-api-keys/trading-mode', { [canary]: canary }],
    ['/api/strategies', { name: '' }],
    ['/api/strategies', { name: `${canary}${canary}` }],
    ['/api/strategies', { name: `\u0000${canary}` }],
    ['/api/strategies', { name: 'x', maxLagSeconds: canary }],
    ['/api/trading/halt', { scope: canary }],
    ['/api/trading/halt', { scope: 'strategy' }],
    ['/api/trading/halt', { scope: 'platform', strategyId: id }],
    ['/api/trading/halt', { strategyId: id }],
    ['/api/trading/halt', { reason: '' }],
    ['/api/trading/halt', { reason: `\u0000${canary}` }],
    ['/api/trading/halt', { reason: canary.repeat(4) }],
    ['/api/trading/halt', { userId: canary }],
    ['/api/trading/resume', { reason: undefined }],
    ['/api/trading/resume', { [canary]: canary }],
    ['/api/risk-limits', { symbols: undefined }],
    ['/api/risk-limits', { symbols: canary }],
    ['/api/risk-limits', { symbols: [canary.toLowerCase()] }],
    ['/api/risk-limits', { symbols: ['btcusdt'] }],
    ['/api/risk-limits', { symbols: ['BTCUSDT', { symbol: canary }] }],
    ['/api/risk-limits', { symbols: Array.from({ length: 501 }, (_, i) => `S${i}`) }],
    ['/api/risk-limits', { symbols: null, maxNotional: canary }],
    ['/api/risk-limits', { symbols: null, [canary]: canary }],
  ];
  it.each(wrong)('%s %j is a 4xx that says what to do', async (path, over) => {
    const method = path === '/api/risk-limits' ? 'PUT' : 'POST';
    const answer = await gateway.request(method, path, { user: 'alice', body: { ...valid[path], ...over } });
    expectRefusal(answer, [400, 422]);
  });
});

describe('addresses and queries', () => {
  it.each<[string, string, number, string]>([
    ['GET', `/api/${canary}?x=${canary}`, 404, 'route.not_found'],
    ['GET', `/${canary}`, 404, 'route.not_found'],
    ['GET', '/api/%', 400, 'request.malformed'],
    ['GET', `/api/strategies/${canary}`, 404, 'strategy.not_found'],
    ['GET', `/api/strategies/${canary.repeat(5)}`, 404, 'route.not_found'],
    ['GET', `/api/signals/${canary}`, 404, 'signal.not_found'],
    ['GET', `/api/trades/${canary}`, 404, 'trade.not_found'],
    ['GET', `/api/user-api-keys/${canary}/status`, 404, 'exchange.unknown'],
    ['GET', `/api/user-api-keys/binance/status?environment=${canary}`, 400, 'request.invalid'],
    ['GET', '/api/user-api-keys/binance/status?environment=live&environment=live', 400, 'request.invalid'],
    ['GET', `/api/strategies?limit=${canary}`, 400, 'request.invalid'],
    ['GET', '/api/strategies?limit=201', 400, 'request.invalid'],
    ['GET', '/api/strategies?limit=1.5', 400, 'request.invalid'],
    ['GET', `/api/strategies?cursor=${canary}`, 400, 'request.invalid'],
    ['GET', `/api/trades?cursor=${canary}`, 400, 'request.invalid'],
    ['GET', `/api/audit?cursor=${canary}`, 400, 'request.invalid'],
    ['PATCH', '/api/strategies', 405, 'route.method_not_allowed'],
    ['GET', '/api/webhooks/tradingview/x', 405, 'route.method_not_allowed'],
    ['GET', '/api/strategies/', 404, 'route.not_found'],
    ['GET', '/api/feed', 404, 'route.not_found'],
  ])('%s %s is %i %s', async (method, url, status, code) => {
    const answer = await gateway.request(method, url, { user: 'alice' });
    expectRefusal(answer);
    expect([answer.status, answer.json.error.code]).toEqual([status, code]);
    if (status === 405) expect(answer.headers['allow']).toMatch(/POST/);
  });
});

describe('what is not even HTTP', () => {
  it('is answered in our form', async () => {
    await gateway.app.listen(0, '127.0.0.1');
    const { port } = gateway.app.getHttpServer().address() as { port: number };
    const say = (bytes: string) =>
      new Promise<string>((resolve) => {
        let heard = '';
        const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
        socket.on('data', (data) => (heard += data.toString()));
        socket.on('close', () => resolve(heard));
      });
    expect(await say(`${canary} HELLO\r\n\r\n`)).toMatch(/^HTTP\/1\.1 400 [\s\S]*"code":"request\.malformed"/);
    expect(await say(`GET / HTTP/1.1\r\nhost: x\r\nx: ${canary.repeat(400)}\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 431 [\s\S]*"code":"request\.headers_too_large"/,
    );
  });
});

describe('what was sent', () => {
  it('is carried to no other service unless it has the form of what it stands for', () => {
    expect(JSON.stringify(gateway.services.calls)).not.toContain('CANARY');
  });
});

describe('roles', () => {
  it('open what they are for', async () => {
    const status = async (roles: readonly string[], path: string) =>
      (await gateway.request('GET', path, { user: 'r', roles })).status;
    expect(await status(['auditor'], '/api/strategies')).toBe(403);
    expect(await status(['operator'], '/api/strategies')).toBe(200);
    expect(await status(['root'], '/api/strategies')).toBe(403);
    expect(await status(['auditor'], '/api/audit')).toBe(503); // allowed; audit is away in this spec
  });
});

describe('limits', () => {
  it('hold per user and per address, over all replicas', async () => {
    const limits = { ...limitsOf(1), api: { perUser: 2, perAddress: 3 } };
    const limited = await gatewayFixture({ limits, clock: manualClock(Date.parse('2026-01-31T12:00:30Z')) });
    const status = async (user: string) => (await limited.request('GET', '/api/strategies', { user })).status;
    expect([await status('a'), await status('a'), await status('a')]).toEqual([200, 200, 429]);
    const answer = await limited.request('GET', '/api/strategies', { user: 'b' });
    expect([answer.status, answer.headers['retry-after'], answer.json.error.code]).toEqual([429, '30', 'rate.limited']);
    await limited.close();
  });
});

describe('https', () => {
  it('is required where it is asked for, and only a trusted proxy may vouch for it', async () => {
    const behind = { 'x-forwarded-proto': 'https', 'x-forwarded-for': '203.0.113.9' };
    const strict = await gatewayFixture({ requireHttps: true });
    expect((await strict.request('GET', '/api/strategies', { user: 'a' })).json.error.code).toBe('transport.https_required');
    expect((await strict.request('GET', '/api/strategies', { user: 'a', headers: behind })).status).toBe(403);
    expect((await strict.request('GET', '/health/live')).status).toBe(200);
    await strict.close();
    const proxied = await gatewayFixture({ requireHttps: true, trustedProxies: ['127.0.0.1'] });
    const answer = await proxied.request('POST', '/api/strategies', { user: 'a', body: { name: 'x' }, headers: behind });
    expect([answer.status, answer.headers['strict-transport-security']]).toEqual([201, expect.any(String)]);
    expect((await proxied.pool.query('select address from origins')).rows).toEqual([{ address: '203.0.113.9' }]);
    await proxied.close();
  });
});

describe('the log', () => {
  it('never shows what was sent', () => {
    expect(gateway.logged.length).toBeGreaterThan(50);
    expect(gateway.logged.join('\n')).not.toContain('CANARY');
  });
});
