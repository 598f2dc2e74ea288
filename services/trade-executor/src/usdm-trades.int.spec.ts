import { createHmac, randomBytes } from 'node:crypto';
import type { Sizing } from '@latchkey/contracts';
import { decimal, type UserId } from '@latchkey/kernel';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Executor } from './executor.js';
import { executorFixture, newStrategyId, quote, signalReceived, type ExecutorFixture } from './testing/executor-fixture.js';

let fixture: ExecutorFixture;
let executor: Executor;
let users = 0;

beforeAll(async () => {
  fixture = await executorFixture();
  executor = await fixture.startExecutor();
});
afterEach(() => fixture.control('DELETE', '/faults'));
afterAll(() => fixture.close());

const oneFollower = async (sizing: Sizing = quote('150'), over: object = {}) => {
  const strategyId = newStrategyId();
  const userId = `usdm-user-${(users += 1)}` as UserId;
  const key = { apiKey: randomBytes(32).toString('hex'), apiSecret: randomBytes(32).toString('hex') };
  await fixture.control('POST', '/accounts', { exchange: 'binance', ...key, ...over });
  fixture.vault.keep(userId, key);
  await executor.useCases.setFollowing({
    strategyId,
    userId,
    exchange: 'binance',
    environment: 'live',
    marketType: 'linear',
    sizing,
    enabled: true,
    context: fixture.context(),
  });
  return { strategyId, userId, ...key };
};
type Follower = Awaited<ReturnType<typeof oneFollower>>;

const fault = ({ apiKey }: Follower, kind: string, params: object = {}) =>
  fixture.fault(kind, params, { path: '/fapi/v1/order', apiKey });

const booked = async ({ apiKey }: Follower) => (await fixture.book()).filter((order) => order.apiKey === apiKey);

/** The follower's trade once it ended, and the orders that the venue has of it. */
const traded = async (follower: Follower) => {
  const { strategyId, userId } = follower;
  const signalId = await fixture.fanOut(executor, signalReceived(strategyId));
  await fixture.settled(executor, signalId, 60_000);
  const trade = (await fixture.tradesOf(executor, signalId, userId))[0]!;
  return { trade, signalId, orders: await booked(follower), events: await fixture.eventTypes(trade.id) };
};

describe('a signal on Binance USDM', () => {
  it('becomes one order for what the amount buys, whose result is read once', async () => {
    const { trade, orders, events } = await traded(await oneFollower());
    expect(trade).toMatchObject({ status: 'filled', amount: '0.002', filled: '0.002', averagePrice: '60000' });
    expect(orders).toMatchObject([{ clientOrderId: trade.clientOrderId, amount: '0.002' }]);
    expect(events).toEqual(['TradeRequested', 'OrderSubmitted', 'OrderAccepted', 'OrderClosed']);
  });

  it('takes base units as they are', async () => {
    const { trade } = await traded(await oneFollower({ mode: 'base_amount', value: decimal('0.003') }));
    expect(trade).toMatchObject({ status: 'filled', amount: '0.003', filled: '0.003' });
  });

  it('below the smallest order is denied before anything is sent', async () => {
    const { trade, orders } = await traded(await oneFollower(quote('30')));
    expect(trade).toMatchObject({ status: 'denied', reason: 'sizing.below_minimum_quantity' });
    expect(orders).toHaveLength(0);
  });

  it.each<[string, object]>([
    ['accept-then-drop', {}],
    ['accept-then-status', { status: 503 }],
    ['accept-late', { ms: 700 }],
    ['hide-order', { ms: 1_500 }],
    ['stall-body', {}],
    ['garbage', {}],
  ])('is one order through %s %j', async (kind, params) => {
    const follower = await oneFollower();
    await fault(follower, kind, params);
    const { trade, orders } = await traded(follower);
    expect(trade).toMatchObject({ status: 'filled', filled: '0.002' });
    expect(orders).toHaveLength(1);
  });

  it.each([
    [-1008, 'OrderTurnedAway'],
    [-4131, 'OrderTurnedAway'],
  ])('is one order after a refusal that passes (%i)', async (code, event) => {
    const follower = await oneFollower();
    await fault(follower, 'venue-error', { code });
    const { trade, orders, events } = await traded(follower);
    expect(trade).toMatchObject({ status: 'filled' });
    expect(orders).toHaveLength(1);
    expect(events).toContain(event);
  });

  it('refused for good is rejected, with what to do', async () => {
    const follower = await oneFollower();
    await fault(follower, 'venue-error', { code: -2019 });
    const { trade, orders } = await traded(follower);
    expect(trade).toMatchObject({ status: 'rejected', reason: 'venue.insufficient_balance' });
    expect(orders).toHaveLength(0);
  });

  it('filled in part and then ended says how much', async () => {
    const follower = await oneFollower({ mode: 'base_amount', value: decimal('0.01') });
    await fault(follower, 'partial-fill');
    const { trade } = await traded(follower);
    expect(trade).toMatchObject({ status: 'canceled', amount: '0.01', reason: 'venue.order_expired' });
    expect(Number(trade.filled)).toBeGreaterThan(0);
    expect(Number(trade.filled)).toBeLessThan(0.01);
  });
});

/** The venue takes the order after all: it was on its way for longer than anybody waits. */
const arriveLate = async ({ apiKey, apiSecret }: Follower, clientOrderId: string): Promise<void> => {
  const payload = `symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.002&newClientOrderId=${clientOrderId}&timestamp=${Date.now()}`;
  const signature = createHmac('sha256', apiSecret).update(payload).digest('hex');
  const answer = await fetch(`${fixture.venueUrls.binance}/fapi/v1/order?${payload}&signature=${signature}`, {
    method: 'POST',
    headers: { 'X-MBX-APIKEY': apiKey },
  });
  expect(answer.status).toBe(200);
};

describe('an order that cannot be proven absent', () => {
  it('ends unproven, is not sent again, and raises an alarm when it turns up after all', async () => {
    const [never, late] = [await oneFollower(), await oneFollower()];
    const ended = await Promise.all(
      [never, late].map(async (follower) => {
        await fault(follower, 'drop');
        return { follower, ...(await traded(follower)) };
      }),
    );
    for (const { trade, events, orders } of ended) {
      expect(trade).toMatchObject({ status: 'expired', reason: 'unproven' });
      expect(events.filter((type) => type === 'OrderSubmitted')).toHaveLength(1);
      expect(orders).toHaveLength(0);
    }
    const statuses = () =>
      Promise.all(
        ended.map(async ({ signalId, follower }) => (await fixture.tradesOf(executor, signalId, follower.userId))[0]?.status),
      );
    await executor.lookForLateOrders(); // not due yet
    expect(await statuses()).toEqual(['expired', 'expired']);

    await arriveLate(late, ended[1]!.trade.clientOrderId);
    await fixture.pool.query(`update trades set settled_at = settled_at - interval '1 minute' where reason = 'unproven'`);
    await executor.lookForLateOrders();
    expect(await statuses()).toEqual(['expired', 'filled']);
    const alarms = fixture.lines.filter(({ facts }) => 'alarm' in facts && facts.alarm === 'order.late_sighting');
    expect(alarms).toMatchObject([{ level: 'error', facts: { tradeId: ended[1]!.trade.id, filled: '0.002' } }]);
    expect(await booked(late)).toHaveLength(1);
  }, 120_000);
});

describe('a hedge account on Binance USDM', () => {
  it('teaches its mode by one refusal; the next signal fits at once', async () => {
    const follower = await oneFollower(quote('150'), { positionMode: 'hedge' });
    const first = await traded(follower);
    expect(first.trade).toMatchObject({ status: 'filled' });
    expect(first.events.filter((type) => type === 'OrderTurnedAway')).toHaveLength(1);
    const second = await traded(follower);
    expect(second.trade).toMatchObject({ status: 'filled' });
    expect(second.events).not.toContain('OrderTurnedAway');
    expect(second.orders).toHaveLength(2);
  });
});
