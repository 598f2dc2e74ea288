import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { manualClock } from '@latchkey/testkit';
import { gatewayFixture, type GatewayFixture } from '../../testing/gateway-fixture.js';

const clock = manualClock(Date.parse('2026-01-31T12:00:05Z'));
const alert = { ticker: 'BTCUSDT', action: 'buy', quantity: '0.01', orderId: 'Long', time: '2026-01-31T12:00:00Z' };

let gateway: GatewayFixture;
beforeAll(async () => {
  gateway = await gatewayFixture({ clock });
});
afterAll(() => gateway.close());

const newStrategy = async (): Promise<{ id: string; path: string }> => {
  const { json } = await gateway.request('POST', '/api/strategies', { user: 'alice', body: { name: 'Breakout' } });
  return { id: json.strategy.id, path: new URL(json.strategy.webhookUrl).pathname };
};
const post = (path: string, body: unknown, headers?: Record<string, string>) =>
  gateway.request('POST', path, { body: typeof body === 'string' ? body : JSON.stringify(body), ...(headers && { headers }) });
const streamOf = async (strategyId: string) => {
  const text = 'select version, type, data, actor, traceparent from events where stream_id = $1 order by version';
  return (await gateway.pool.query(text, [`signals-${strategyId}`])).rows;
};

describe('an alert', () => {
  it.each(['application/json', 'text/plain; charset=utf-8', 'application/x-www-form-urlencoded', 'nonsense', ''])(
    'is taken as content type "%s"',
    async (type) => {
      const { path } = await newStrategy();
      const answer = await post(path, alert, type === '' ? {} : { 'content-type': type });
      expect(answer.json).toEqual({ success: true, signalId: expect.any(String), status: 'accepted' });
      expect(answer.status).toBe(202);
    },
  );

  it('is an event in the stream of its strategy and a signal that its owner finds', async () => {
    const { id, path } = await newStrategy();
    const { json } = await post(path, alert);
    const [event] = await streamOf(id);
    expect(event).toMatchObject({
      version: 1,
      type: 'SignalReceived',
      actor: `strategy:${id}`,
      data: { signalId: json.signalId, sequence: 1, ownerId: 'alice' },
    });
    gateway.services.answer({
      'qry.trade-executor.signal-trades': () => ({ fanOut: 'pending', trades: [], counts: {}, total: 0 }),
    });
    const found = await gateway.request('GET', `/api/signals/${json.signalId}`, { user: 'alice' });
    expect(found.json).toMatchObject({
      success: true,
      fanOut: 'pending',
      pooledTrades: [],
      personalTrades: [],
      totalTrades: 0,
      counts: {},
    });
    expect(found.json.signal).toMatchObject({
      id: json.signalId,
      strategyId: id,
      quantity: '0.01',
      traceId: event.traceparent.slice(3, 35),
    });
    const stranger = await gateway.request('GET', `/api/signals/${json.signalId}`, { user: 'mallory' });
    const nothing = await gateway.request('GET', '/api/signals/00000000-0000-7000-8000-000000000000', { user: 'mallory' });
    expect([stranger.status, stranger.text]).toEqual([404, nothing.text]);
  });

  it.each([
    [
      '3Commas',
      {
        secret: 'CANARY',
        max_lag: '300',
        timestamp: alert.time,
        tv_instrument: 'BTCUSDT.P',
        action: 'sell',
        strategy_info: { market_position: 'flat', prev_market_position: 'long' },
        order: { amount: '0.01', currency_type: 'base' },
      },
    ],
    [
      'OKX',
      {
        id: 'Close',
        action: 'sell',
        marketPosition: 'flat',
        prevMarketPosition: 'long',
        instrument: 'BTCUSDT.P',
        signalToken: 'CANARY',
        timestamp: alert.time,
        maxLag: '300',
        investmentType: 'base',
        amount: '0.01',
      },
    ],
  ])('of %s is taken as it is, and keeps none of its credentials', async (_format, body) => {
    const { id, path } = await newStrategy();
    const answer = await post(path, body);
    expect(answer.json).toMatchObject({ success: true, status: 'accepted', warnings: [expect.stringContaining('credential')] });
    const events = await streamOf(id);
    expect(events.at(-1)?.data.signal).toMatchObject({
      market: { ticker: 'BTCUSDT.P', symbol: 'BTCUSDT' },
      actions: [{ action: 'exit', orderType: 'market' }],
    });
    // All that the follower holds, whatever the strategy's own amount was.
    expect(events.at(-1)?.data.signal.quantity).toBeUndefined();
    expect(JSON.stringify(events) + answer.text).not.toContain('CANARY');
  });

  it('delivered four times at once is one signal', async () => {
    const { id, path } = await newStrategy();
    const answers = await Promise.all([1, 2, 3, 4].map(() => post(path, alert)));
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202]);
    expect(answers.map(({ json }): string => json.status).toSorted()).toEqual([
      'accepted',
      'duplicate',
      'duplicate',
      'duplicate',
    ]);
    expect(new Set(answers.map(({ json }) => json.signalId)).size).toBe(1);
    expect(await streamOf(id)).toHaveLength(1);
    const { json } = await gateway.request('GET', `/api/strategies/${id}/alerts`, { user: 'alice' });
    expect(json.alerts).toMatchObject([{ status: 'accepted', duplicates: 3 }]);
  });

  it('delivered again much later is the same signal, and not a stale one', async () => {
    const { id, path } = await newStrategy();
    const first = await post(path, alert);
    clock.advance(3_600_000);
    const again = await post(path, alert);
    clock.advance(-3_600_000);
    expect(again.json).toEqual({ ...first.json, status: 'duplicate' });
    expect(await streamOf(id)).toHaveLength(1);
  });

  it('without key and time is one for 30 s', async () => {
    const { id, path } = await newStrategy();
    const plain = { ticker: 'BTCUSDT', action: 'buy' };
    const first = await post(path, plain);
    clock.advance(29_000);
    const soon = await post(path, plain);
    clock.advance(2_000);
    const later = await post(path, plain);
    clock.advance(-31_000);
    expect([first, soon, later].map(({ json }) => json.status)).toEqual(['accepted', 'duplicate', 'accepted']);
    expect(await streamOf(id)).toHaveLength(2);
  });

  it('keeps the order of arrival within its strategy', async () => {
    const { id, path } = await newStrategy();
    const orders = Array.from({ length: 25 }, (_each, i) => ({ ...alert, orderId: `order ${i}` }));
    const answers = await Promise.all(orders.map((order) => post(path, order)));
    expect(answers.every(({ json }) => json.status === 'accepted')).toBe(true);
    const events = await streamOf(id);
    expect(events.map(({ version, data }) => [version, data.sequence, data.signal.orderId])).toEqual(
      orders.map(({ orderId }, i) => [i + 1, i + 1, orderId]),
    );
  });

  it('with a used key and another body is refused, and its owner sees why', async () => {
    const { id, path } = await newStrategy();
    await post(path, { ...alert, idempotencyKey: 'k1' });
    const misuse = await post(path, { ...alert, idempotencyKey: 'k1', quantity: '5' });
    expect([misuse.status, misuse.json.error.code, misuse.json.error.details]).toEqual([
      409,
      'signal.key_reused',
      { field: 'idempotencyKey' },
    ]);
    const { json } = await gateway.request('GET', `/api/strategies/${id}/alerts`, { user: 'alice' });
    expect(json.alerts.map(({ status, code }: { status: string; code?: string }) => code ?? status)).toEqual([
      'signal.key_reused',
      'accepted',
    ]);
  });
});

describe('an alert that did not come', () => {
  it('is noticed from the position that the next one found: by its sender, its owner, and whoever sees the signal', async () => {
    const { id, path } = await newStrategy();
    const told = (orderId: string, prevMarketPosition: string, marketPosition: string) =>
      post(path, { ...alert, orderId, action: marketPosition === 'long' ? 'buy' : 'sell', prevMarketPosition, marketPosition });
    expect((await told('1', 'flat', 'long')).json).not.toHaveProperty('warnings');
    expect((await told('2', 'long', 'flat')).json).not.toHaveProperty('warnings');
    const { json } = await told('4', 'long', 'flat');
    expect(json.warnings).toEqual([expect.stringContaining('left the strategy flat on this market and this one found it long')]);
    const missed = { left: 'flat', found: 'long' };
    const { json: listed } = await gateway.request('GET', `/api/strategies/${id}/alerts`, { user: 'alice' });
    expect(listed.alerts[0]).toMatchObject({ signalId: json.signalId, missed });
    expect(listed.alerts[1]).not.toHaveProperty('missed');
    gateway.services.answer({
      'qry.trade-executor.signal-trades': () => ({ fanOut: 'pending', trades: [], counts: {}, total: 0 }),
    });
    const found = await gateway.request('GET', `/api/signals/${json.signalId}`, { user: 'alice' });
    expect(found.json.signal).toMatchObject({ missed, prevMarketPosition: 'long', marketPosition: 'flat' });
  });
});

describe('a refused alert', () => {
  it.each([
    [400, 'alert.malformed', 'CANARY is no json'],
    [422, 'alert.placeholders_left', '{"ticker":"CANARY {{ticker}}"}'],
    [422, 'alert.field_missing', '{"ticker":"BTCUSDT","CANARY0123456789":"CANARY"}'],
    [422, 'alert.field_invalid', { ...alert, quantity: 'CANARY' }],
    [422, 'not_supported', { ...alert, limitPrice: 'CANARY' }],
    [422, 'alert.field_missing', { tv_instrument: 'CANARY', action: 'sell', strategy_info: { market_position: 'long' } }],
    [422, 'signal.stale', { ...alert, orderId: 'CANARY', time: '2026-01-31T11:55:00Z' }],
    [422, 'signal.stale', { instrument: 'BTCUSDT', id: 'CANARY', action: 'buy', timestamp: '2026-01-31T11:58:30Z' }],
  ])('is answered %i %s, quotes nothing, and stands where its owner sees it', async (status, code, body) => {
    const { id, path } = await newStrategy();
    const answer = await post(path, body);
    expect([answer.status, answer.json.error.code]).toEqual([status, code]);
    expect(answer.text).not.toContain('CANARY');
    const { json, text } = await gateway.request('GET', `/api/strategies/${id}/alerts`, { user: 'alice' });
    expect(json.alerts).toMatchObject([{ status: 'refused', code }]);
    expect(text).not.toContain('CANARY');
    const { rows } = await gateway.pool.query(
      "select data from events where type = 'AlertRefused' and data->>'strategyId' = $1",
      [id],
    );
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain('CANARY');
  });

  it('names {{timenow}} when it is stale', async () => {
    const { path } = await newStrategy();
    const answer = await post(path, { ...alert, time: '2026-01-31T11:55:00Z' });
    expect(answer.json.error.message).toContain('{{timenow}}');
  });

  it('that is too large is not read', async () => {
    const { path } = await newStrategy();
    const answer = await post(path, `{"ticker":"BTCUSDT","x":"${'CANARY'.repeat(20_000)}"}`);
    expect([answer.status, answer.json.error.code]).toEqual([413, 'request.too_large']);
    expect(answer.text).not.toContain('CANARY');
  });
});

describe('a webhook address', () => {
  it.each([
    `/api/webhooks/tradingview/${'A'.repeat(43)}`,
    '/api/webhooks/tradingview/CANARY',
    '/api/webhooks/tradingview/%F0%9F%92%A9',
  ])('that belongs to nobody is 404: %s', async (path) => {
    const answer = await post(path, alert);
    expect([answer.status, answer.json.error.code]).toEqual([404, 'webhook.not_found']);
    expect(answer.text).not.toContain('CANARY');
  });

  it('stops working when its token is rotated or its strategy deleted', async () => {
    const { id, path } = await newStrategy();
    const rotated = await gateway.request('POST', `/api/strategies/${id}/rotate-token`, { user: 'alice' });
    expect(rotated.status).toBe(200);
    const fresh = new URL(rotated.json.strategy.webhookUrl).pathname;
    expect([(await post(path, alert)).status, (await post(fresh, alert)).status]).toEqual([404, 202]);
    expect((await gateway.request('DELETE', `/api/strategies/${id}`, { user: 'alice' })).status).toBe(200);
    expect((await post(fresh, alert)).status).toBe(404);
  });

  it('stands nowhere in the database or the log', async () => {
    const { path } = await newStrategy();
    await post(path, alert);
    const token = path.split('/').at(-1) ?? 'none';
    const { rows } = await gateway.pool.query(
      'select strategies::text as row from strategies union all select data::text from events',
    );
    expect(JSON.stringify(rows)).not.toContain(token);
    expect(gateway.logged.join('\n')).toContain('/api/webhooks/tradingview/:token');
    expect(gateway.logged.join('\n')).not.toContain(token);
  });
});
