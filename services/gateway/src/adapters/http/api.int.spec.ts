import { RpcError } from '@latchkey/messaging';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gatewayFixture, type GatewayFixture } from '../../testing/gateway-fixture.js';

const instant = '2026-01-31T12:00:00.000Z';
const strangersTrade = '7c1a8a52-1f3b-4a60-9d0e-0d7f2b0f6a01';

let gateway: GatewayFixture;
beforeAll(async () => {
  gateway = await gatewayFixture();
});
afterAll(() => gateway.close());

const lastCall = (subject: string) =>
  gateway.services.calls.findLast((call) => call.subject === subject)?.request as Record<string, never>;
const alice = { user: 'alice' };

describe('strategies', () => {
  const create = async (user: string, name = 'Breakout') =>
    (await gateway.request('POST', '/api/strategies', { user, body: { name } })).json.strategy;

  it('are created with 201, an address that is told once, and an event', async () => {
    const answer = await gateway.request('POST', '/api/strategies', { user: 'bob', body: { name: '  Breakout 4h ' } });
    expect(answer.status).toBe(201);
    expect(answer.json).toEqual({
      success: true,
      strategy: {
        id: expect.any(String),
        name: 'Breakout 4h',
        webhookUrl: expect.stringMatching(/^https:\/\/signals\.example\/api\/webhooks\/tradingview\/[\w-]{43}$/),
      },
    });
    const { id } = answer.json.strategy;
    const shown = await gateway.request('GET', `/api/strategies/${id}`, { user: 'bob' });
    expect(shown.json).toEqual({ success: true, strategy: { id, name: 'Breakout 4h', createdAt: expect.any(String) } });
    const { rows } = await gateway.pool.query('select type, actor, origin_id, traceparent from events where stream_id = $1', [
      `strategy-${id}`,
    ]);
    expect(rows).toEqual([
      { type: 'StrategyCreated', actor: 'user:bob', origin_id: expect.any(String), traceparent: expect.any(String) },
    ]);
  });

  it('are listed page by page, newest first, own ones only', async () => {
    const made = [];
    for (let i = 0; i < 5; i += 1) made.push((await create('carol', `s${i}`)).id);
    await create('dave');
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { json }: { json: { strategies: { id: string }[]; nextCursor: string | null } } = await gateway.request(
        'GET',
        `/api/strategies?limit=2${cursor && `&cursor=${cursor}`}`,
        { user: 'carol' },
      );
      seen.push(...json.strategies.map(({ id }) => id));
      cursor = json.nextCursor;
    }
    expect(seen).toEqual(made.toReversed());
  });

  it('of others look like none at all', async () => {
    const { id } = await create('alice');
    const missing = '0198d3a0-0000-7000-8000-00000000dead';
    for (const [method, tail] of [
      ['GET', ''],
      ['DELETE', ''],
      ['GET', '/alerts'],
      ['POST', '/rotate-token'],
    ] as const) {
      const theirs = await gateway.request(method, `/api/strategies/${id}${tail}`, { user: 'mallory' });
      const none = await gateway.request(method, `/api/strategies/${missing}${tail}`, { user: 'mallory' });
      expect([theirs.status, theirs.text]).toEqual([404, none.text]);
    }
  });

  it('are followed by whoever knows the id, by a command to the executor', async () => {
    const { id } = await create('alice', 'Shared');
    const sizing = { mode: 'quote_amount', value: '100' } as const;
    gateway.services.answer({
      'cmd.trade-executor.set-following': ({ context: _context, ...setting }) => ({
        following: { ...setting, updatedAt: instant },
      }),
      'cmd.trade-executor.remove-following': () => ({ removed: true }),
      'qry.trade-executor.following': () => ({ following: null, followers: 0 }),
    });
    const put = await gateway.request('PUT', `/api/strategies/${id}/follow`, {
      user: 'erin',
      body: { exchange: 'binance', marketType: 'spot', sizing },
    });
    const following = {
      exchange: 'binance',
      environment: 'live',
      marketType: 'spot',
      sizing,
      enabled: true,
      updatedAt: instant,
      strategy: { id, name: 'Shared' },
    };
    expect([put.status, put.json]).toEqual([200, { success: true, following }]);
    expect(lastCall('cmd.trade-executor.set-following')).toMatchObject({ strategyId: id, userId: 'erin' });
    const got = await gateway.request('GET', `/api/strategies/${id}/follow`, { user: 'erin' });
    expect([got.status, got.json.error.code]).toEqual([404, 'following.not_found']);
    await gateway.request('DELETE', `/api/strategies/${id}`, { user: 'alice' });
    expect(
      (
        await gateway.request('PUT', `/api/strategies/${id}/follow`, {
          user: 'frank',
          body: { exchange: 'binance', marketType: 'spot', sizing },
        })
      ).status,
    ).toBe(404);
    expect((await gateway.request('DELETE', `/api/strategies/${id}/follow`, { user: 'erin' })).status).toBe(200);
  });

  it.each([
    ['binance', 'spot'],
    ['binance', 'linear'],
    ['bybit', 'spot'],
    ['bybit', 'linear'],
  ] as const)('are followed at %s %s, where the executor serves it', async (exchange, marketType) => {
    const { id } = await create('alice');
    const setting = { exchange, marketType, sizing: { mode: 'base_amount', value: '0.01' } };
    const follow = () => gateway.request('PUT', `/api/strategies/${id}/follow`, { user: 'erin', body: setting });
    gateway.services.answer({
      'cmd.trade-executor.set-following': ({ context: _context, ...set }) => ({ following: { ...set, updatedAt: instant } }),
    });
    expect(await follow()).toMatchObject({ status: 200, json: { following: setting } });
    expect(lastCall('cmd.trade-executor.set-following')).toMatchObject(setting);
    gateway.services.answer({
      'cmd.trade-executor.set-following': () => {
        throw new RpcError('following.not_supported', 'not served', { field: 'marketType' }, { refused: true });
      },
    });
    const error = { code: 'following.not_supported', details: { field: 'marketType' } };
    expect(await follow()).toMatchObject({ status: 422, json: { error } });
  });

  it.each([
    [{ leverage: 5 }, { leverage: 5 }],
    [
      { leverage: 5, limits: { maxLeverage: 5 } },
      { leverage: 5, limits: { maxLeverage: 5 } },
    ],
    [{ limits: { maxLeverage: 125 } }, { limits: { maxLeverage: 125 } }],
    [{ leverage: 6, limits: { maxLeverage: 5 } }, undefined],
    [{ leverage: 0 }, undefined],
    [{ leverage: 126 }, undefined],
    [{ leverage: 2.5 }, undefined],
    [{ leverage: '5' }, undefined],
    [{ limits: { maxLeverage: 0 } }, undefined],
  ])('are followed with %j, or that is refused', async (over, expected) => {
    const { id } = await create('alice');
    const settings = { exchange: 'binance', marketType: 'linear', sizing: { mode: 'free_percent', value: '10' } } as const;
    gateway.services.answer({
      'cmd.trade-executor.set-following': () => ({
        following: {
          strategyId: id,
          userId: 'alice',
          environment: 'live',
          ...settings,
          ...expected,
          enabled: true,
          updatedAt: new Date().toISOString(),
        },
      }),
    });
    const answer = await gateway.request('PUT', `/api/strategies/${id}/follow`, { ...alice, body: { ...settings, ...over } });
    expect(answer.status).toBe(expected ? 200 : 400);
    if (!expected) return;
    expect(answer.json.following).toMatchObject(expected);
    expect(lastCall('cmd.trade-executor.set-following')).toMatchObject(expected);
  });

  it.each([
    ['limits.maxNotional', { limits: { maxNotional: '5' } }],
    ['limits', { limits: { maxLeverage: 5, unheardOf: 1 } }],
    ['sizing.mode', { sizing: { mode: 'risk_percent', value: '5' } }],
  ])('are not followed with %s that would not be honoured', async (field, over) => {
    const { id } = await create('alice');
    const body = { exchange: 'binance', marketType: 'spot', sizing: { mode: 'quote_amount', value: '100' }, ...over };
    const answer = await gateway.request('PUT', `/api/strategies/${id}/follow`, { ...alice, body });
    expect([answer.status, answer.json.error.code, answer.json.error.details]).toEqual([422, 'not_supported', { field }]);
  });
});

describe('trades and the trail', () => {
  it('come from their owners, for the caller alone', async () => {
    gateway.services.answer({
      'qry.trade-executor.trades': () => ({ trades: [], nextCursor: 'more' }),
      'qry.trade-executor.positions': () => ({ positions: [], drifts: [] }),
      'qry.trade-executor.trade': () => ({ trade: null, timeline: [], traceId: null }),
      'qry.audit.entries': () => ({ entries: [], nextCursor: null }),
    });
    const cursor = Buffer.from(`1769860800000.${strangersTrade}`).toString('base64url');
    expect((await gateway.request('GET', `/api/trades?limit=7&cursor=${cursor}`, alice)).json).toEqual({
      success: true,
      trades: [],
      nextCursor: 'more',
    });
    expect((await gateway.request('GET', '/api/positions', alice)).json).toEqual({ success: true, positions: [], drifts: [] });
    expect(lastCall('qry.trade-executor.positions')).toEqual({ userId: 'alice' });
    expect(lastCall('qry.trade-executor.trades')).toEqual({ userId: 'alice', limit: 7, cursor });
    expect((await gateway.request('GET', `/api/trades/${strangersTrade}`, alice)).json.error.code).toBe('trade.not_found');
    await gateway.request('GET', '/api/audit', alice);
    expect(lastCall('qry.audit.entries')).toEqual({ userId: 'alice', limit: 50 });
    await gateway.request('GET', '/api/audit?cursor=41', alice);
    expect(lastCall('qry.audit.entries')).toEqual({ userId: 'alice', limit: 50, cursor: '41' });
    await gateway.request('GET', '/api/audit', { user: 'eve', roles: ['auditor'] });
    expect(lastCall('qry.audit.entries')).toEqual({ limit: 50 });
  });

  it('tell what followings made, filtered by strategy and days', async () => {
    gateway.services.answer({
      'qry.trade-executor.performance': () => ({ results: [], totals: [], days: [], nextCursor: null }),
    });
    const strategyId = strangersTrade;
    const cursor = Buffer.from(`${strategyId}/binance/live/spot/BTCUSDT`).toString('base64url');
    const query = `strategyId=${strategyId}&from=2026-01-01&to=2026-01-31&limit=3&cursor=${cursor}`;
    expect((await gateway.request('GET', `/api/performance?${query}`, alice)).json).toEqual({
      success: true,
      results: [],
      totals: [],
      days: [],
      nextCursor: null,
    });
    expect(lastCall('qry.trade-executor.performance')).toEqual({
      userId: 'alice',
      strategyId,
      from: '2026-01-01',
      to: '2026-01-31',
      limit: 3,
      cursor,
    });
    for (const wrong of [
      'from=yesterday',
      'from=2026-02-30',
      'from=2026-01-02&to=2026-01-01',
      'cursor=41',
      'strategyId=1',
      'limit=0',
    ])
      expect((await gateway.request('GET', `/api/performance?${wrong}`, alice)).json.error.code).toBe('request.invalid');
    expect((await gateway.request('GET', '/api/performance')).status).toBe(401);
  });

  it('say which part is away and what still works', async () => {
    const away = await gatewayFixture();
    const answer = await away.request('GET', '/api/trades', alice);
    expect([answer.status, answer.json.error.code, answer.json.error.details]).toEqual([
      503,
      'rpc.unavailable',
      { part: 'trade-executor' },
    ]);
    await away.close();
  });
});

describe('the platform', () => {
  it('shows its health, its keys and its addresses', async () => {
    expect((await gateway.request('GET', '/health/live')).json.status).toBe('ok');
    expect((await gateway.request('GET', '/health/ready')).json).toEqual({ status: 'ok', parts: { postgres: 'ok' } });
    expect((await gateway.request('GET', '/.well-known/jwks.json')).json.keys).toHaveLength(1);
    expect((await gateway.request('GET', '/api/egress-addresses', alice)).json).toEqual({
      success: true,
      addresses: ['192.0.2.10'],
    });
  });

  it('documents itself', async () => {
    expect((await gateway.request('GET', '/openapi.json')).json.openapi).toBe('3.1.0');
    const page = await gateway.request('GET', '/docs');
    expect([page.status, page.headers['content-type']]).toEqual([200, expect.stringContaining('text/html')]);
    expect((await gateway.request('GET', '/docs/swagger-ui-init.js')).status).toBe(200);
  });
});
