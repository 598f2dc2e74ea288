import { randomUUID } from 'node:crypto';
import { noLimits, type HaltTarget, type TradeView } from '@latchkey/contracts';
import { claimLeases, withTransaction } from '@latchkey/event-store';
import { decimal, entryLeg, systemClock, type StrategyId, type UserId } from '@latchkey/kernel';
import { eventually } from '@latchkey/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createExecutorStore } from './adapters/postgres/executor-store.js';
import { openingLock } from './adapters/postgres/opening-lock.js';
import { createTradeLog } from './adapters/postgres/trade-log.js';
import type { CommandOf } from './domain/trade/commands.js';
import type { Executor } from './executor.js';
import { executorFixture, newStrategyId, quote, signalReceived, type ExecutorFixture } from './testing/executor-fixture.js';

let fixture: ExecutorFixture;
let executor: Executor;
const owner = 'owner' as UserId;
const platform: HaltTarget = { scope: 'platform' };

beforeAll(async () => {
  fixture = await executorFixture();
  executor = await fixture.startExecutor();
});
afterEach(async () => {
  fixture.vault.setFrozen(false);
  await resume(platform);
});
afterAll(() => fixture.close());

let users = 0;
const oneFollower = async () => {
  const strategyId = newStrategyId();
  const userId = `user-${(users += 1)}` as UserId;
  const apiKey = await fixture.openAccount(userId);
  await fixture.follow(executor, strategyId, userId, quote('120'));
  return { strategyId, userId, apiKey };
};
type Follower = Awaited<ReturnType<typeof oneFollower>>;

const halt = (target: HaltTarget, reason = 'lost sight') =>
  executor.useCases.haltTrading({ target, reason, context: fixture.context() });
const resume = (target: HaltTarget) =>
  executor.useCases.resumeTrading({ target, reason: 'all is well', context: fixture.context() });
const limitTo = (userId: UserId, symbols: string[] | null) =>
  executor.useCases.setRiskLimits({
    userId,
    target: { scope: 'user', userId },
    changes: { symbols },
    context: fixture.context(),
  });

const traded = async ({ strategyId, userId }: Follower): Promise<TradeView | undefined> => {
  const signalId = await fixture.fanOut(executor, signalReceived(strategyId));
  await fixture.settled(executor, signalId);
  return (await fixture.tradesOf(executor, signalId, userId))[0];
};
const ordersOf = async (apiKey: string) => (await fixture.book()).filter((order) => order.apiKey === apiKey);

describe('a halt', () => {
  it.each<[HaltTarget['scope'], (of: Follower) => HaltTarget]>([
    ['user', ({ userId }) => ({ scope: 'user', userId })],
    ['strategy', ({ strategyId }) => ({ scope: 'strategy', strategyId, userId: owner })],
    ['platform', () => platform],
  ])('of the %s denies what would be opened, with its reason, until it is resumed', async (scope, targetOf) => {
    const [follower, other] = [await oneFollower(), await oneFollower()];
    const target = targetOf(follower);
    expect(await halt(target)).toMatchObject({ changed: true, halt: { scope, reason: 'lost sight' } });
    expect(await traded(follower)).toMatchObject({
      status: 'denied',
      reason: `halted.${scope}`,
      message: expect.stringContaining('lost sight') as unknown,
    });
    expect(await ordersOf(follower.apiKey)).toEqual([]);
    expect((await traded(other))?.status).toBe(scope === 'platform' ? 'denied' : 'filled');
    expect(await resume(target)).toEqual({ changed: true });
    expect((await traded(follower))?.status).toBe('filled');
  });

  it('is one event however often it is asked for, and so is its end', async () => {
    const { userId } = await oneFollower();
    const target: HaltTarget = { scope: 'user', userId };
    expect(await resume(target)).toEqual({ changed: false });
    const answers = await Promise.all([1, 2, 3, 4].map((i) => halt(target, `reason ${i}`)));
    expect(answers.filter(({ changed }) => changed)).toHaveLength(1);
    expect(new Set(answers.map((answer) => answer.halt.reason)).size).toBe(1);
    const ends = await Promise.all([1, 2, 3].map(() => resume(target)));
    expect(ends.filter(({ changed }) => changed)).toHaveLength(1);
    const events = await fixture.pool.query('select type from events where stream_id = $1 order by version', [
      `halt-user-${userId}`,
    ]);
    expect(events.rows.map(({ type }) => type as string)).toEqual(['TradingHalted', 'TradingResumed']);
  });
});

describe("a user's list of symbols", () => {
  it('denies what is not on it', async () => {
    const follower = await oneFollower();
    await limitTo(follower.userId, ['ETHUSDT']);
    expect(await traded(follower)).toMatchObject({ status: 'denied', reason: 'risk.symbol_not_listed' });
    await limitTo(follower.userId, ['ETHUSDT', 'BTCUSDT']);
    expect((await traded(follower))?.status).toBe('filled');
    await limitTo(follower.userId, []);
    expect(await traded(follower)).toMatchObject({ status: 'denied' });
    expect(await limitTo(follower.userId, null)).toEqual({ limits: noLimits, others: [], halts: [] });
    expect((await traded(follower))?.status).toBe('filled');
  });
});

describe('what is in force', () => {
  it('is told with every halt that concerns the user, and with no other', async () => {
    const [follower, other] = [await oneFollower(), await oneFollower()];
    await limitTo(follower.userId, ['BTCUSDT', 'ETHUSDT']);
    await halt({ scope: 'user', userId: follower.userId }, 'mine');
    await halt({ scope: 'strategy', strategyId: follower.strategyId, userId: owner }, 'followed');
    await halt({ scope: 'strategy', strategyId: newStrategyId(), userId: follower.userId }, 'owned');
    await halt({ scope: 'strategy', strategyId: other.strategyId, userId: owner }, 'foreign');
    await halt(platform, 'everybody');
    const limits = await executor.useCases.riskLimits({ userId: follower.userId });
    expect(limits.limits.symbols).toEqual(['BTCUSDT', 'ETHUSDT']);
    expect(new Set(limits.halts.map(({ reason }) => reason))).toEqual(new Set(['mine', 'followed', 'owned', 'everybody']));
    expect(limits.halts.find(({ reason }) => reason === 'followed')).toMatchObject({ strategyId: follower.strategyId });
    await resume({ scope: 'user', userId: follower.userId });
    const after = await executor.useCases.riskLimits({ userId: follower.userId });
    expect(after.halts.map(({ reason }) => reason)).not.toContain('mine');
  });

  it('comes back with the events of a restored database, whatever order they come in', async () => {
    const { userId, strategyId } = await oneFollower();
    await halt({ scope: 'user', userId });
    await halt({ scope: 'strategy', strategyId, userId: owner });
    await resume({ scope: 'strategy', strategyId, userId: owner });
    await limitTo(userId, ['BTCUSDT']);
    const before = await executor.useCases.riskLimits({ userId });
    const admin = fixture.admin();
    await admin.connect();
    await admin.query('delete from trading_halts where target = any($1)', [[userId, strategyId]]);
    await admin.query('delete from risk_limits where target = $1', [userId]);
    await admin.end();
    expect(await executor.useCases.riskLimits({ userId })).toEqual({ limits: noLimits, others: [], halts: [] });
    const events = await fixture.pool.query(
      'select id, stream_id as streamid from events where stream_id = any($1) order by position desc',
      [[`halt-user-${userId}`, `halt-strategy-${strategyId}`, `risk-limits-${userId}`]],
    );
    for (const envelope of events.rows) await withTransaction(fixture.pool, (tx) => executor.onImported(tx, [envelope as never]));
    expect(await executor.useCases.riskLimits({ userId })).toEqual(before);
  });
});

describe('a frozen vault', () => {
  it('opens nothing and loses nothing: what is still fresh when it is thawed is traded, with one attempt for the freeze', async () => {
    const follower = await oneFollower();
    fixture.vault.setFrozen(true);
    const signalId = await fixture.fanOut(executor, signalReceived(follower.strategyId));
    const types = async (): Promise<readonly string[]> => {
      const [trade] = await fixture.tradesOf(executor, signalId, follower.userId);
      return trade ? await fixture.eventTypes(trade.id) : [];
    };
    await eventually(async () => (await types()).includes('OrderNotSent'));
    expect(await ordersOf(follower.apiKey)).toEqual([]);
    fixture.vault.setFrozen(false);
    expect(await fixture.settled(executor, signalId)).toEqual({ filled: 1 });
    expect((await types()).filter((type) => type === 'OrderSubmitted')).toHaveLength(2);
    expect(await ordersOf(follower.apiKey)).toHaveLength(1);
  });
});

describe('a halt that comes between sizing and sending', () => {
  const submission = (trade: TradeView, purpose: 'open' | 'close'): CommandOf<'Submit'> => ({
    attempt: 1,
    leg: entryLeg,
    order: { clientOrderId: trade.clientOrderId, symbol: trade.symbol, side: trade.side ?? 'buy', quoteAmount: decimal('120') },
    now: Date.now(),
    timestamp: Date.now(),
    recvWindow: 5_000,
    paramsHash: 'ab'.repeat(32),
    resendAfterAbsence: true,
    absenceIsProof: true,
    purpose,
    maxAgeMs: 60_000,
  });

  /** A trade that was loaded and sized, in a process of its own that works on no partition; and the log that it is written with. */
  const sized = async (strategyId: StrategyId, userId: UserId) => {
    await executor.stop();
    const signalId = await fixture.fanOut(executor, signalReceived(strategyId));
    const [trade] = await fixture.tradesOf(executor, signalId, userId);
    const log = createTradeLog({ pool: fixture.pool, store: createExecutorStore(systemClock), afterCommit: () => undefined });
    const [lease] = await claimLeases(fixture.pool, { names: [`spec-${randomUUID()}`], holder: 'spec', ttlMs: 60_000 });
    const submit = async (purpose: 'open' | 'close') => {
      const { events } = await log.apply(
        await log.load(trade!.id),
        { type: 'Submit', data: submission(trade!, purpose) },
        lease!,
      );
      return events.map(({ type }) => type);
    };
    return { trade: trade!, log, lease: lease!, submit };
  };
  afterEach(async () => {
    executor = await fixture.startExecutor(`spec-${randomUUID()}`);
  });

  it('is in time: the decision that was made before it is made again in the transaction', async () => {
    const { strategyId, userId } = await oneFollower();
    const { trade, log, lease } = await sized(strategyId, userId);
    const before = await log.load(trade.id);
    await halt({ scope: 'user', userId });
    const { events, after } = await log.apply(before, { type: 'Submit', data: submission(trade, 'open') }, lease);
    expect(events).toMatchObject([{ type: 'TradeDenied', data: { reason: 'halted.user' } }]);
    expect(after.trade.status).toBe('denied');
    expect((await executor.useCases.trade({ userId, tradeId: trade.id })).trade).toMatchObject({ status: 'denied' });
  });

  it('keeps no order from closing', async () => {
    const { strategyId, userId } = await oneFollower();
    const { submit } = await sized(strategyId, userId);
    await halt({ scope: 'user', userId });
    await halt(platform);
    expect(await submit('close')).toEqual(['OrderSubmitted']);
  });

  it('waits for an opening that came first, and is answered before the next one is recorded', async () => {
    const { strategyId, userId } = await oneFollower();
    const first = await sized(strategyId, userId);
    const blocker = await fixture.pool.connect();
    await blocker.query('begin');
    await blocker.query('select from leases where name = $1 for update', [first.lease.name]);
    const opening = first.submit('open');
    const waiting = (what: string) =>
      eventually(
        async () =>
          (
            await fixture.pool.query(
              `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and ${what}`,
            )
          ).rows.length > 0,
      );
    await waiting(`query like '%from leases%for share%'`);
    let answered = false;
    const halting = halt({ scope: 'user', userId }).then(() => (answered = true));
    await waiting(`wait_event = 'advisory' and query like '%(${openingLock})%'`);
    expect(answered).toBe(false);
    await blocker.query('rollback');
    blocker.release();
    expect(await opening).toEqual(['OrderSubmitted']);
    await halting;
  });
});
