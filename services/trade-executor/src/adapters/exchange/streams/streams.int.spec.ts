import { randomBytes } from 'node:crypto';
import type { MarketType, Sizing } from '@latchkey/contracts';
import { decimal, type UserId } from '@latchkey/kernel';
import { eventually } from '@latchkey/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Executor } from '../../../executor.js';
import { executorFixture, newStrategyId, signalReceived } from '../../../testing/executor-fixture.js';
import { venueOrder, type VenueAccount } from '../../../testing/venue-order.js';

type Fixture = Awaited<ReturnType<typeof executorFixture>>;
const base = (value: string): Sizing => ({ mode: 'base_amount', value: decimal(value) });
const paths = { spot: '/api/v3/order', linear: '/fapi/v1/order' } as const;
const streamPaths = { spot: '/ws-api/v3', linear: '/private/ws' } as const;

describe.each<MarketType>(['spot', 'linear'])('an open order at Binance %s', (marketType) => {
  let fixture: Fixture;
  let executor: Executor;
  let users = 0;
  const exchange = 'binance' as const;
  beforeAll(async () => {
    fixture = await executorFixture();
    executor = await fixture.startExecutor();
  });
  afterAll(() => fixture?.close());
  afterEach(async () => {
    await fixture.control('DELETE', '/faults');
    await price('60000');
  });

  const price = (value: string) => fixture.control('PUT', '/markets/BTCUSDT', { price: value });
  const fault = (kind: string, over: object = {}) => fixture.control('POST', '/faults', { exchange, kind, ...over });
  /** From here on only a stream can tell what becomes of orders. */
  const noLookUps = (apiKey: string) =>
    fault('status', { apiKey, path: paths[marketType], method: 'GET', times: 10_000, params: { status: 503 } });
  const streamsOf = async (apiKey: string) =>
    (await fixture.control<{ connections: { path: string; apiKeys: string[] }[] }>('GET', '/streams')).connections.filter(
      ({ path, apiKeys }) => path === streamPaths[marketType] && apiKeys.includes(apiKey),
    );

  /**
   * A trade whose order stands at the venue and is not filled. A market order is filled at once here, so a resting one under the trade's own id
   * takes the place of one that was lost on its way.
   */
  const openOrder = async (partly = false) => {
    users += 1;
    const userId = `streams-${users}` as UserId;
    const account: VenueAccount = {
      exchange,
      marketType,
      apiKey: randomBytes(32).toString('hex'),
      apiSecret: randomBytes(32).toString('hex'),
    };
    await fixture.control('POST', '/accounts', { exchange, apiKey: account.apiKey, apiSecret: account.apiSecret });
    fixture.vault.keep(userId, account);
    const strategyId = newStrategyId();
    await executor.useCases.setFollowing({
      strategyId,
      userId,
      exchange,
      environment: 'live',
      marketType,
      sizing: base('0.01'),
      enabled: true,
      context: fixture.context(),
    });
    await fault('drop', { apiKey: account.apiKey, path: paths[marketType], method: 'POST' });
    const signalId = await fixture.fanOut(executor, signalReceived(strategyId));
    const trade = async () => (await fixture.tradesOf(executor, signalId, userId))[0];
    await eventually(async () => expect((await trade())?.status).toBe('unknown'));
    const clientOrderId = (await trade())?.clientOrderId ?? '';
    if (partly) await fault('partial-fill', { apiKey: account.apiKey, method: 'POST', path: paths[marketType] });
    await venueOrder(fixture.venueUrls, account, { side: 'buy', amount: '0.01', clientOrderId, price: '59000' });
    await eventually(async () => expect((await trade())?.status).toBe('accepted'), { timeoutMs: 15_000 });
    await eventually(async () => expect(await streamsOf(account.apiKey)).toHaveLength(1), { timeoutMs: 15_000 });
    return { account, clientOrderId, trade, apiKey: account.apiKey };
  };
  const fillsOf = async (id: string) => (await fixture.eventTypes(id)).filter((type) => type === 'OrderFilled').length;
  const settled = (trade: () => Promise<{ readonly id: string; readonly status: string } | undefined>, timeoutMs = 40_000) =>
    eventually(async () => expect(['filled', 'canceled']).toContain((await trade())?.status), { timeoutMs });

  it('is followed by its private stream: its fills and its end are recorded while no look-up is answered', async () => {
    const { trade, apiKey } = await openOrder(true);
    await noLookUps(apiKey);
    await price('58900');
    await eventually(async () => expect(await trade()).toMatchObject({ status: 'partially_filled', filled: '0.005' }));
    await price('60000');
    await price('58900');
    await settled(trade);
    expect(await trade()).toMatchObject({ status: 'filled', filled: '0.01' });
    expect(await fillsOf((await trade())?.id ?? '')).toBe(2);
  });

  it.each([
    ['a fill that comes twice', { kind: 'stream-duplicate', params: { event: 'filled' } }],
    ['a fill that comes after its end', { kind: 'stream-late', params: { event: 'filled', ms: 1_500 } }],
    ['frames out of order', { kind: 'stream-reorder', params: { event: 'filled' } }],
    ['a fill that never comes', { kind: 'stream-lose', params: { event: 'filled' } }],
    ['a connection that is cut in place of a fill', { kind: 'stream-drop', params: { event: 'filled' } }],
    ['a connection that is closed after a fill', { kind: 'stream-close', params: { event: 'filled' } }],
    ...(marketType === 'spot'
      ? [['a shutdown that is announced', { kind: 'stream-shutdown', params: { event: 'filled' } }] as const]
      : []),
    ['a socket that stays open and silent', { kind: 'stream-silence', params: { event: 'filled', ms: 0 } }],
  ] as const)('ends as the venue has it, with every fill once, after %s', async (_what, { kind, params }) => {
    const { trade, apiKey } = await openOrder(true);
    await fault(kind, { apiKey, params });
    await price('58900');
    await price('60000');
    await price('58900');
    await settled(trade);
    const [at, ours] = [(await fixture.book()).find((one) => one.apiKey === apiKey), await trade()];
    expect(at).toMatchObject({ status: 'filled', amount: '0.01' });
    expect(ours).toMatchObject({ status: 'filled', filled: '0.01' });
    const fills = await fixture.pool.query<{ id: string; amount: string }>(
      "select data ->> 'fillId' as id, data ->> 'amount' as amount from events where stream_id = $1 and type = 'OrderFilled'",
      [`trade-${ours?.id}`],
    );
    expect(new Set(fills.rows.map(({ id }) => id)).size).toBe(fills.rows.length);
    // USDM's closed orders tell their total and average themselves: their fills are not asked for.
    if (marketType === 'spot') expect(fills.rows.map(({ amount }) => amount)).toEqual(['0.005', '0.005']);
  });

  it('is looked up after its stream was away: what happened meanwhile is told by nobody else', async () => {
    const { trade, apiKey } = await openOrder();
    await fault('stream-refuse', { times: 3 });
    await fixture.control('DELETE', `/streams?apiKey=${apiKey}`);
    await price('58900');
    await settled(trade);
    expect(await trade()).toMatchObject({ status: 'filled', filled: '0.01' });
  });

  it('has no stream any more once it is closed for a while, and a market order never had one', async () => {
    users += 1;
    const userId = `streams-${users}` as UserId;
    const apiKey = await fixture.openAccount(userId);
    const strategyId = newStrategyId();
    await fixture.follow(executor, strategyId, userId);
    const signalId = await fixture.fanOut(executor, signalReceived(strategyId));
    await fixture.settled(executor, signalId);
    expect(await streamsOf(apiKey)).toEqual([]);
  });

  it('leaves no listenKey and no address of a stream in the log', async () => {
    const said = JSON.stringify(fixture.lines);
    expect(said).toContain('a stream ended');
    expect(said).not.toMatch(/listenKey=|ws:\/\/|wss:\/\//);
  });
});
