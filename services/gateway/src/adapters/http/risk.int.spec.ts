import { noLimits, type Limits } from '@latchkey/contracts';
import { RpcError } from '@latchkey/messaging';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { gatewayFixture, type GatewayFixture } from '../../testing/gateway-fixture.js';

const haltedAt = '2026-01-31T12:00:00.000Z';

let gateway: GatewayFixture;
let strategyId: string;
beforeAll(async () => {
  gateway = await gatewayFixture();
  const made = await gateway.request('POST', '/api/strategies', { user: 'owner', body: { name: 'mine' } });
  strategyId = made.json.strategy.id as string;
});
beforeEach(() => {
  gateway.services.answer({
    'cmd.trade-executor.halt-trading': ({ target, reason }) => ({
      changed: true,
      halt: {
        scope: target.scope,
        reason,
        haltedAt,
        ...(target.scope === 'strategy' && { strategyId: target.strategyId }),
      },
    }),
    'cmd.trade-executor.resume-trading': () => ({ changed: false }),
    'cmd.trade-executor.set-risk-limits': ({ changes }) => ({
      limits: { ...noLimits, ...(changes as Partial<Limits>) },
      others: [],
      halts: [],
    }),
    'qry.trade-executor.risk-limits': () => ({
      limits: { ...noLimits, symbols: ['BTCUSDT'] },
      others: [{ scope: 'platform', limits: { ...noLimits, maxNotional: '1000' }, setAt: haltedAt }],
      halts: [{ scope: 'platform', reason: 'venue on fire', haltedAt }],
    }),
  });
});
afterAll(() => gateway.close());

const callsTo = (subject: string) => gateway.services.calls.filter((call) => call.subject === subject);
const lastCall = (subject: string) => callsTo(subject).at(-1)?.request;
const halt = (user: string, body: unknown, roles?: readonly string[]) =>
  gateway.request('POST', '/api/trading/halt', { user, body, ...(roles && { roles }) });
const reason = 'lost sight';

describe('trading', () => {
  it("is halted for the caller alone, unless another scope is given, on the caller's own name", async () => {
    const answer = await halt('alice', { reason });
    expect([answer.status, answer.json]).toEqual([
      200,
      { success: true, changed: true, halt: { scope: 'user', reason, haltedAt } },
    ]);
    expect(lastCall('cmd.trade-executor.halt-trading')).toMatchObject({
      target: { scope: 'user', userId: 'alice' },
      reason,
      context: { actor: 'user:alice', origin: { id: expect.any(String) as unknown } },
    });
    const resumed = await gateway.request('POST', '/api/trading/resume', { user: 'alice', body: { reason } });
    expect([resumed.status, resumed.json]).toEqual([200, { success: true, changed: false }]);
    expect(lastCall('cmd.trade-executor.resume-trading')).toMatchObject({ target: { scope: 'user', userId: 'alice' } });
  });

  it.each(['halt', 'resume'])('%s: a strategy is its owner’s; to others it does not exist', async (verb) => {
    const ask = (user: string, id: string) =>
      gateway.request('POST', `/api/trading/${verb}`, { user, body: { scope: 'strategy', strategyId: id, reason } });
    expect((await ask('owner', strategyId)).status).toBe(200);
    expect(lastCall(`cmd.trade-executor.${verb}-trading`)).toMatchObject({
      target: { scope: 'strategy', strategyId, userId: 'owner' },
    });
    const before = callsTo(`cmd.trade-executor.${verb}-trading`).length;
    const [foreign, none] = [await ask('alice', strategyId), await ask('alice', '0198d3a0-0000-7000-8000-000000000009')];
    expect([foreign.status, foreign.json.error.code]).toEqual([404, 'strategy.not_found']);
    expect(foreign.text).toBe(none.text);
    expect(callsTo(`cmd.trade-executor.${verb}-trading`)).toHaveLength(before);
  });

  it.each(['halt', 'resume'])('%s: the platform is for operators', async (verb) => {
    const ask = (roles: readonly string[]) =>
      gateway.request('POST', `/api/trading/${verb}`, { user: 'olga', roles, body: { scope: 'platform', reason } });
    const refused = await ask(['user']);
    expect([refused.status, refused.json.error.code]).toEqual([403, 'auth.role_missing']);
    expect((await ask(['operator'])).status).toBe(200);
    expect(lastCall(`cmd.trade-executor.${verb}-trading`)).toMatchObject({
      target: { scope: 'platform' },
      context: { actor: 'user:olga' },
    });
  });

  it('needs a reason, which is trimmed and short', async () => {
    for (const wrong of [{}, { reason: '   ' }, { reason: 'x'.repeat(201) }, { reason: 7 }])
      expect((await halt('alice', wrong)).json.error.code).toBe('request.invalid');
    await halt('alice', { reason: '  lost sight ' });
    expect(lastCall('cmd.trade-executor.halt-trading')).toMatchObject({ reason });
  });

  it('is not known to be halted while the executor is away', async () => {
    gateway.services.answer({
      'cmd.trade-executor.halt-trading': () => {
        throw new RpcError('rpc.timeout', 'no answer');
      },
    });
    const answer = await halt('alice', { reason });
    expect([answer.status, answer.json.error.code]).toEqual([503, 'rpc.timeout']);
  });
});

describe('limits', () => {
  it('are told with the halts in force', async () => {
    const answer = await gateway.request('GET', '/api/risk-limits', { user: 'alice' });
    expect([answer.status, answer.json]).toEqual([
      200,
      {
        success: true,
        limits: { ...noLimits, symbols: ['BTCUSDT'] },
        others: [{ scope: 'platform', limits: { ...noLimits, maxNotional: '1000' }, setAt: haltedAt }],
        halts: [{ scope: 'platform', reason: 'venue on fire', haltedAt }],
      },
    ]);
    expect(lastCall('qry.trade-executor.risk-limits')).toEqual({ userId: 'alice' });
  });

  const window = { days: ['mon', 'fri'], from: '08:00', to: '24:00' };
  const all = {
    symbols: ['BTCUSDT'],
    maxNotional: '100.5',
    maxOpenPositions: 3,
    maxExposure: '1000',
    maxDailyLoss: '50',
    coolDownSeconds: 600,
    tradingWindows: [window],
  };

  it.each([
    [{ symbols: ['BTCUSDT', 'ETHUSDT'] }],
    [{ symbols: [] }],
    [{ symbols: null }],
    [{ maxDailyLoss: '50' }],
    [{ maxOpenPositions: 0, coolDownSeconds: null }],
    [all],
  ])('take %j, and leave alone what is not named', async (changes) => {
    const answer = await gateway.request('PUT', '/api/risk-limits', { user: 'alice', body: changes });
    expect([answer.status, answer.json]).toEqual([
      200,
      { success: true, limits: { ...noLimits, ...changes }, others: [], halts: [] },
    ]);
    expect(lastCall('cmd.trade-executor.set-risk-limits')).toEqual({
      userId: 'alice',
      target: { scope: 'user', userId: 'alice' },
      changes,
      context: expect.objectContaining({ actor: 'user:alice' }) as unknown,
    });
  });

  it('of a strategy are its owner’s to set, those of the platform operators’', async () => {
    const put = (user: string, body: object, roles: readonly string[] = ['user']) =>
      gateway.request('PUT', '/api/risk-limits', { user, roles, body: { maxNotional: '100', ...body } });
    expect((await put('owner', { scope: 'strategy', strategyId })).status).toBe(200);
    expect(lastCall('cmd.trade-executor.set-risk-limits')).toMatchObject({
      target: { scope: 'strategy', strategyId, userId: 'owner' },
      changes: { maxNotional: '100' },
    });
    expect((await put('olga', { scope: 'platform' }, ['operator'])).status).toBe(200);
    expect(lastCall('cmd.trade-executor.set-risk-limits')).toMatchObject({ userId: 'olga', target: { scope: 'platform' } });
    const before = callsTo('cmd.trade-executor.set-risk-limits').length;
    expect((await put('alice', { scope: 'strategy', strategyId })).json.error.code).toBe('strategy.not_found');
    expect((await put('olga', { scope: 'platform' })).json.error.code).toBe('auth.role_missing');
    expect((await put('owner', { scope: 'strategy' })).json.error.code).toBe('request.invalid');
    expect(callsTo('cmd.trade-executor.set-risk-limits')).toHaveLength(before);
  });

  it.each([
    {},
    { scope: 'user' },
    { maxNotional: '0' },
    { maxNotional: '-1' },
    { maxNotional: 100 },
    { maxExposure: 'much' },
    { maxDailyLoss: '0' },
    { maxOpenPositions: 1.5 },
    { maxOpenPositions: -1 },
    { coolDownSeconds: 0 },
    { tradingWindows: [] },
    { tradingWindows: [{ ...window, days: ['someday'] }] },
    { tradingWindows: [{ ...window, from: '9:00' }] },
    { tradingWindows: [{ ...window, from: '22:00', to: '06:00' }] },
  ])('that mean nothing are refused: %j', async (body) => {
    const before = callsTo('cmd.trade-executor.set-risk-limits').length;
    const answer = await gateway.request('PUT', '/api/risk-limits', { user: 'alice', body });
    expect([answer.status, answer.json.error.code]).toEqual([400, 'request.invalid']);
    expect(callsTo('cmd.trade-executor.set-risk-limits')).toHaveLength(before);
  });

  it.each([
    ['maxLeverage', { maxLeverage: null }],
    ['body', { anythingElse: 1 }],
  ])('that are not enforced are refused and never stored: %s', async (field, more) => {
    const before = callsTo('cmd.trade-executor.set-risk-limits').length;
    const answer = await gateway.request('PUT', '/api/risk-limits', { user: 'alice', body: { symbols: null, ...more } });
    expect([answer.status, answer.json.error.code, answer.json.error.details]).toEqual([422, 'not_supported', { field }]);
    expect(callsTo('cmd.trade-executor.set-risk-limits')).toHaveLength(before);
  });
});
