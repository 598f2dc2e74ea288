import { decimal, type UserId } from '@latchkey/kernel';
import { eventually } from '@latchkey/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Executor } from './executor.js';
import { executorFixture, newStrategyId, quote, signalReceived, type ExecutorFixture } from './testing/executor-fixture.js';

let fixture: ExecutorFixture;
let executor: Executor;
let users = 0;
const newUser = () => `user-${(users += 1)}`;

beforeAll(async () => {
  fixture = await executorFixture();
  executor = await fixture.startExecutor();
});
afterEach(async () => {
  fixture.vault.setAway(false);
  await fixture.control('DELETE', '/faults');
});
afterAll(() => fixture.close());

/** One follower of a new strategy, and the key it trades with. */
const oneFollower = async (sizing = quote('120')) => {
  const strategyId = newStrategyId();
  const userId = newUser();
  const apiKey = await fixture.openAccount(userId);
  await fixture.follow(executor, strategyId, userId, sizing);
  return { strategyId, userId, apiKey };
};
const ordersOf = async (apiKey: string) => (await fixture.book()).filter((order) => order.apiKey === apiKey);

describe('a signal', () => {
  it('becomes one filled order of its follower, and the trade tells its story', async () => {
    const { strategyId, userId, apiKey } = await oneFollower();
    const signalId = await fixture.fanOut(executor, signalReceived(strategyId));
    await fixture.settled(executor, signalId);
    const [trade] = await fixture.tradesOf(executor, signalId, userId);
    expect(trade).toMatchObject({
      status: 'filled',
      side: 'buy',
      symbol: 'BTCUSDT',
      filled: '0.002',
      amount: '0.002',
      averagePrice: '60000',
    });
    expect(await ordersOf(apiKey)).toMatchObject([
      { clientOrderId: trade?.clientOrderId, status: expect.stringMatching(/filled/i) },
    ]);
    const { timeline, traceId } = await executor.useCases.trade({ userId: userId as UserId, tradeId: trade!.id });
    expect(timeline.map(({ type }) => type)).toEqual([
      'TradeRequested',
      'OrderSubmitted',
      'OrderAccepted',
      'OrderFilled',
      'OrderClosed',
    ]);
    expect(traceId).toMatch(/^[0-9a-f]{32}$/);
  });

  it('is fanned out once, however often it arrives', async () => {
    const { strategyId, apiKey } = await oneFollower();
    const signal = signalReceived(strategyId);
    await Promise.allSettled([1, 2, 3, 4].map(() => fixture.fanOut(executor, signal)));
    const signalId = await fixture.fanOut(executor, signal);
    expect(await fixture.settled(executor, signalId)).toEqual({ filled: 1 });
    expect(await ordersOf(apiKey)).toHaveLength(1);
  });

  it('reaches those who followed when it was received, as they followed then', async () => {
    const strategyId = newStrategyId();
    const [early, late, left, paused] = await Promise.all(
      [1, 2, 3, 4].map(async () => {
        const userId = newUser();
        await fixture.openAccount(userId);
        return userId;
      }),
    );
    for (const userId of [early!, left!, paused!]) await fixture.follow(executor, strategyId, userId);
    await executor.useCases.removeFollowing({ strategyId, userId: left as UserId, context: fixture.context() });
    await executor.useCases.setFollowing({ ...(await followingOf(paused!)), enabled: false, context: fixture.context() });
    const signal = signalReceived(strategyId);
    // Settings that are changed after the receipt, but before the fan-out, are for later signals.
    await eventually(() => Date.now() > receiptOf(signal), { everyMs: 1 });
    await fixture.follow(executor, strategyId, late!);
    await fixture.follow(executor, strategyId, early!, quote('240'));
    const signalId = await fixture.fanOut(executor, signal);
    expect(await fixture.settled(executor, signalId)).toEqual({ filled: 1 });
    expect(await fixture.tradesOf(executor, signalId, early!)).toMatchObject([{ filled: '0.002' }]);

    function receiptOf({ event }: ReturnType<typeof signalReceived>) {
      return Date.parse((event as { data: { receivedAt: string } }).data.receivedAt);
    }
    async function followingOf(userId: string) {
      const { following } = await executor.useCases.following({ strategyId, userId: userId as UserId });
      const { updatedAt: _, ...setting } = following!;
      return setting;
    }
  });

  it('that nobody follows is done, with no trade', async () => {
    const signalId = await fixture.fanOut(executor, signalReceived(newStrategyId()));
    expect(await executor.useCases.signalTrades({ signalId, userId: '-' as UserId })).toEqual({
      fanOut: 'done',
      trades: [],
      counts: {},
      total: 0,
    });
  });

  it('runs its actions for one account one after the other', async () => {
    const { strategyId, userId, apiKey } = await oneFollower({ mode: 'base_amount', value: decimal('0.001') });
    const signal = signalReceived(strategyId, {
      signal: {
        market: { ticker: 'BTCUSDT', symbol: 'BTCUSDT' },
        actions: [
          { action: 'buy', orderType: 'market' },
          { action: 'buy', orderType: 'market' },
          { action: 'buy', orderType: 'market' },
        ],
      },
    });
    const signalId = await fixture.fanOut(executor, signal);
    expect(await fixture.settled(executor, signalId)).toEqual({ filled: 3 });
    const trades = await fixture.tradesOf(executor, signalId, userId);
    const settled = trades.map(({ timings }) => timings.settledAt!);
    expect(trades.slice(1).every(({ timings }, i) => timings.submittedAt! >= settled[i]!)).toBe(true);
    expect(await ordersOf(apiKey)).toHaveLength(3);
  });
});

describe('sizing', () => {
  it("takes the alert's quantity, rounded down, or says what the minimum is", async () => {
    const { strategyId, userId } = await oneFollower({ mode: 'alert' });
    const withQuantity = (quantity: string) =>
      signalReceived(strategyId, {
        signal: {
          market: { ticker: 'BTCUSDT', symbol: 'BTCUSDT' },
          actions: [{ action: 'buy', orderType: 'market' }],
          quantity: decimal(quantity),
        },
      });
    const good = await fixture.fanOut(executor, withQuantity('0.0012345'));
    await fixture.settled(executor, good);
    expect(await fixture.tradesOf(executor, good, userId)).toMatchObject([{ status: 'filled', filled: '0.00123' }]);
    const small = await fixture.fanOut(executor, withQuantity('0.00005'));
    await fixture.settled(executor, small);
    expect(await fixture.tradesOf(executor, small, userId)).toMatchObject([
      {
        status: 'denied',
        reason: 'sizing.below_minimum_notional',
        message: "An order worth 3 USDT is below the exchange's minimum of 5 USDT on BTCUSDT: it takes at least 0.00009 BTC.",
      },
    ]);
  });

  it("takes the alert's quantity in the unit that it says", async () => {
    const { strategyId, userId } = await oneFollower({ mode: 'alert' });
    const market = { ticker: 'BTCUSDT', symbol: 'BTCUSDT' };
    const signalId = await fixture.fanOut(
      executor,
      signalReceived(strategyId, {
        signal: { market, actions: [{ action: 'buy', orderType: 'market', quantity: decimal('120'), unit: 'quote' }] },
      }),
    );
    await fixture.settled(executor, signalId);
    expect(await fixture.tradesOf(executor, signalId, userId)).toMatchObject([{ status: 'filled', filled: '0.002' }]);
  });

  it('denies a symbol that the venue does not have', async () => {
    const { strategyId, userId, apiKey } = await oneFollower();
    const signalId = await fixture.fanOut(
      executor,
      signalReceived(strategyId, {
        signal: { market: { ticker: 'NOSUCH', symbol: 'NOSUCH' }, actions: [{ action: 'buy', orderType: 'market' }] },
      }),
    );
    await fixture.settled(executor, signalId);
    expect(await fixture.tradesOf(executor, signalId, userId)).toMatchObject([
      { status: 'denied', reason: 'market.unknown_symbol' },
    ]);
    expect(await ordersOf(apiKey)).toHaveLength(0);
  });
});

describe('the venue', () => {
  it('refuses for good: the trade is rejected', async () => {
    const { strategyId, userId } = await oneFollower(quote('1000000'));
    const signalId = await fixture.fanOut(executor, signalReceived(strategyId));
    await fixture.settled(executor, signalId);
    expect(await fixture.tradesOf(executor, signalId, userId)).toMatchObject([
      { status: 'rejected', reason: 'venue.insufficient_balance' },
    ]);
  });

  it('accepts and drops the connection: one order, and the trade is filled', async () => {
    const { strategyId, userId, apiKey } = await oneFollower();
    await fixture.fault('accept-then-drop', {}, { apiKey });
    const signalId = await fixture.fanOut(executor, signalReceived(strategyId));
    await fixture.settled(executor, signalId);
    const [trade] = await fixture.tradesOf(executor, signalId, userId);
    expect(trade).toMatchObject({ status: 'filled', filled: '0.002', averagePrice: '60000' });
    expect(await fixture.eventTypes(trade!.id)).toEqual([
      'TradeRequested',
      'OrderSubmitted',
      'OrderOutcomeUnknown',
      'OrderAccepted',
      'OrderFilled',
      'OrderClosed',
    ]);
    expect(await ordersOf(apiKey)).toHaveLength(1);
  });

  it('accepts 6 s late, or hides the order for 6 s: one order', async () => {
    const late = await oneFollower();
    const hidden = await oneFollower();
    await fixture.fault('accept-late', { ms: 6_000 }, { apiKey: late.apiKey });
    await fixture.fault('accept-then-drop', {}, { apiKey: hidden.apiKey });
    await fixture.fault('hide-order', { ms: 6_000 }, { apiKey: hidden.apiKey });
    const signals = await Promise.all(
      [late, hidden].map(({ strategyId }) => fixture.fanOut(executor, signalReceived(strategyId))),
    );
    for (const signalId of signals) expect(await fixture.settled(executor, signalId, 40_000)).toEqual({ filled: 1 });
    expect(await ordersOf(late.apiKey)).toHaveLength(1);
    expect(await ordersOf(hidden.apiKey)).toHaveLength(1);
  });

  it('drops an order before taking it: its absence is proven before a second attempt', async () => {
    const { strategyId, userId, apiKey } = await oneFollower();
    await fixture.fault('drop', {}, { apiKey });
    const signalId = await fixture.fanOut(executor, signalReceived(strategyId));
    expect(await fixture.settled(executor, signalId, 40_000)).toEqual({ filled: 1 });
    const [trade] = await fixture.tradesOf(executor, signalId, userId);
    expect(await fixture.eventTypes(trade!.id)).toEqual([
      'TradeRequested',
      'OrderSubmitted',
      'OrderOutcomeUnknown',
      'OrderAbsenceProven',
      'OrderSubmitted',
      'OrderAccepted',
      'OrderFilled',
      'OrderClosed',
    ]);
    expect(await ordersOf(apiKey)).toHaveLength(1);
  });
});

describe('the vault', () => {
  it('refuses: the trade is denied with its reason, and nothing is sent', async () => {
    const { strategyId, userId, apiKey } = await oneFollower();
    fixture.vault.forget(userId);
    const signalId = await fixture.fanOut(executor, signalReceived(strategyId));
    await fixture.settled(executor, signalId);
    const [trade] = await fixture.tradesOf(executor, signalId, userId);
    expect(trade).toMatchObject({ status: 'denied', reason: 'vault.credential_not_found' });
    expect(await fixture.eventTypes(trade!.id)).toEqual(['TradeRequested', 'OrderSubmitted', 'OrderNotSent', 'TradeDenied']);
    expect(await ordersOf(apiKey)).toHaveLength(0);
  });

  it('is away for a while: the order waits, and goes once', async () => {
    const { strategyId, userId, apiKey } = await oneFollower();
    fixture.vault.setAway(true);
    const signalId = await fixture.fanOut(executor, signalReceived(strategyId));
    const [trade] = await fixture.tradesOf(executor, signalId, userId);
    await eventually(async () => (await fixture.eventTypes(trade!.id)).includes('OrderNotSent'));
    // Asked again and again, without an attempt being spent each time.
    const missed = fixture.vault.missed();
    await eventually(() => fixture.vault.missed() > missed + 3);
    fixture.vault.setAway(false);
    await fixture.settled(executor, signalId);
    expect(await fixture.tradesOf(executor, signalId, userId)).toMatchObject([{ status: 'filled', orders: [{ attempts: 2 }] }]);
    expect(await ordersOf(apiKey)).toHaveLength(1);
  });

  it('is away until the signal is too old: the trade expires', async () => {
    const { strategyId, userId, apiKey } = await oneFollower();
    fixture.vault.setAway(true);
    // Ten seconds before its age is up.
    const signalId = await fixture.fanOut(
      executor,
      signalReceived(strategyId, { receivedAt: new Date(Date.now() - 58_000).toISOString() }),
    );
    // The setting was made a moment ago, so such an old signal has no follower.
    expect(await executor.useCases.signalTrades({ signalId, userId: userId as UserId })).toMatchObject({ total: 0 });
    await fixture.pool.query(`update followings set valid_from = valid_from - interval '2 minutes' where strategy_id = $1`, [
      strategyId,
    ]);
    const old = await fixture.fanOut(
      executor,
      signalReceived(strategyId, { receivedAt: new Date(Date.now() - 58_000).toISOString() }),
    );
    await fixture.settled(executor, old);
    expect(await fixture.tradesOf(executor, old, userId)).toMatchObject([{ status: 'expired', reason: 'vault.away' }]);
    expect(await ordersOf(apiKey)).toHaveLength(0);
  });
});

describe('a hundred followers', () => {
  it('get exactly a hundred orders, with few statements and requests for all of them', async () => {
    const strategyId = newStrategyId();
    const followers = await Promise.all(
      Array.from({ length: 100 }, async () => {
        const userId = newUser();
        return { userId, apiKey: await fixture.openAccount(userId) };
      }),
    );
    for (const { userId } of followers) await fixture.follow(executor, strategyId, userId);
    const batches = fixture.vault.batches();
    const statements = fixture.statements();
    const signalId = await fixture.fanOut(executor, signalReceived(strategyId));
    expect(await fixture.settled(executor, signalId)).toEqual({ filled: 100 });
    const keys = new Set(followers.map(({ apiKey }) => apiKey));
    const orders = (await fixture.book()).filter(({ apiKey }) => keys.has(apiKey));
    expect(orders).toHaveLength(100);
    expect(new Set(orders.map(({ apiKey }) => apiKey)).size).toBe(100);
    // Measured: 1 or 2 requests to the vault, about one round trip to Postgres per order (polls while they run included).
    expect(fixture.vault.batches() - batches).toBeLessThan(20);
    expect(fixture.statements() - statements).toBeLessThan(300);
  });
});

describe('what a user reads', () => {
  it('is paged newest first, and never another user’s', async () => {
    const { strategyId, userId } = await oneFollower({ mode: 'base_amount', value: decimal('0.0001') });
    const seen: string[] = [];
    for (let i = 0; i < 5; i += 1) seen.unshift(await fixture.fanOut(executor, signalReceived(strategyId)));
    const me = userId as UserId;
    const first = await executor.useCases.trades({ userId: me, limit: 2 });
    const second = await executor.useCases.trades({ userId: me, limit: 2, cursor: first.nextCursor! });
    const third = await executor.useCases.trades({ userId: me, limit: 2, cursor: second.nextCursor! });
    expect([...first.trades, ...second.trades, ...third.trades].map(({ signalId }) => signalId)).toEqual(seen);
    expect(third.nextCursor).toBeNull();
    expect((await executor.useCases.trades({ userId: 'stranger' as UserId, limit: 2 })).trades).toEqual([]);
    expect(await executor.useCases.trade({ userId: 'stranger' as UserId, tradeId: first.trades[0]!.id })).toEqual({
      trade: null,
      timeline: [],
      traceId: null,
    });
    await expect(executor.useCases.trades({ userId: me, limit: 2, cursor: 'x' })).rejects.toMatchObject({
      code: 'trades.cursor_invalid',
    });
  });
});

describe('a following', () => {
  it('that is not carried out is refused, not stored', async () => {
    const strategyId = newStrategyId();
    const setting = {
      strategyId,
      userId: newUser() as UserId,
      exchange: 'binance',
      environment: 'live',
      marketType: 'spot',
      sizing: quote('100'),
      enabled: true,
      context: fixture.context(),
    } as const;
    for (const over of [
      { marketType: 'linear', environment: 'testnet' },
      { sizing: { mode: 'risk_percent', value: decimal('1') } },
      { sizing: { mode: 'alert', value: decimal('1') } },
    ] as const) {
      await expect(executor.useCases.setFollowing({ ...setting, ...over })).rejects.toMatchObject({
        code: 'following.not_supported',
      });
    }
    await expect(executor.useCases.setFollowing({ ...setting, sizing: quote('0') })).rejects.toMatchObject({
      code: 'following.size_invalid',
    });
    expect(await executor.useCases.following({ strategyId, userId: setting.userId })).toEqual({ following: null, followers: 0 });
  });
});

describe('a verification', () => {
  it('asks the venue what the key may do and brings the vault its answer', async () => {
    const userId = newUser();
    await fixture.openAccount(userId);
    const verdict = await executor.useCases.verifyCredential({
      verificationId: '0192f0c1-5555-7555-8555-000000000001',
      credentialId: '0192f0c1-4444-7444-8444-000000000001' as never,
      userId: userId as UserId,
      exchange: 'binance',
      environment: 'live',
      context: fixture.context(),
    });
    expect(verdict).toMatchObject({ verified: true });
    expect(fixture.vault.completed.at(-1)).toMatchObject({
      verificationId: '0192f0c1-5555-7555-8555-000000000001',
      result: { outcome: 'reported', permissions: { canRead: true, canTrade: true, canWithdraw: false }, ipRestricted: true },
    });
  });
});
