import { randomBytes, randomUUID } from 'node:crypto';
import { noLimits, type HaltTarget, type LimitChanges, type TradeView } from '@latchkey/contracts';
import { claimLeases, withTransaction, type HeldLease } from '@latchkey/event-store';
import { decimal, entryLeg, systemClock, type Decimal, type StrategyId, type UserId } from '@latchkey/kernel';
import { eventually } from '@latchkey/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createExecutorStore } from './adapters/postgres/executor-store.js';
import { createTradeLog } from './adapters/postgres/trade-log.js';
import type { Executor } from './executor.js';
import { executorFixture, newStrategyId, signalReceived, type ExecutorFixture } from './testing/executor-fixture.js';

let fixture: ExecutorFixture;
let executor: Executor;
const owner = 'owner' as UserId;

beforeAll(async () => {
  fixture = await executorFixture();
  executor = await fixture.startExecutor();
});
afterEach(async () => {
  await setPrice('60000');
  await limit(targets.platform(someone), noLimits);
});
afterAll(() => fixture.close());

type Follower = { readonly userId: UserId; readonly strategyId: StrategyId };
const someone = { userId: 'someone' as UserId, strategyId: newStrategyId() };
let users = 0;
let sequence = 0;
const setPrice = (price: string) => fixture.control('PUT', '/markets/BTCUSDT', { price });
const dollars = (value: string): Decimal => decimal(value);

const newFollower = async (value = '600'): Promise<Follower> => {
  const follower = { userId: `money-${(users += 1)}` as UserId, strategyId: newStrategyId() };
  const key = { apiKey: randomBytes(32).toString('hex'), apiSecret: randomBytes(32).toString('hex') };
  await fixture.control('POST', '/accounts', { exchange: 'binance', ...key });
  fixture.vault.keep(follower.userId, key);
  await follow(follower, value);
  return follower;
};
const follow = ({ userId, strategyId }: Follower, value: string) =>
  fixture.follow(executor, strategyId, userId, { mode: 'quote_amount', value: decimal(value) });

const targets: Readonly<Record<HaltTarget['scope'], (of: Follower) => HaltTarget>> = {
  user: ({ userId }) => ({ scope: 'user', userId }),
  strategy: ({ strategyId }) => ({ scope: 'strategy', strategyId, userId: owner }),
  platform: () => ({ scope: 'platform' }),
};
const scopes = ['user', 'strategy', 'platform'] as const;
const limit = (target: HaltTarget, changes: LimitChanges) =>
  executor.useCases.setRiskLimits({
    userId: target.scope === 'platform' ? ('olga' as UserId) : target.userId,
    target,
    changes,
    context: fixture.context(),
  });

const alert = ({ strategyId }: Follower, action: TradeView['action'], symbol = 'BTCUSDT') =>
  fixture.fanOut(
    executor,
    signalReceived(strategyId, {
      sequence: (sequence += 1),
      signal: { market: { ticker: symbol, symbol }, actions: [{ action, orderType: 'market' }] },
    }),
  );
const traded = async (of: Follower, action: TradeView['action'], symbol?: string) => {
  const signalId = await alert(of, action, symbol);
  await fixture.settled(executor, signalId);
  const { status, reason, message } = (await fixture.tradesOf(executor, signalId, of.userId))[0]!;
  return reason === undefined ? status : `${status}: ${reason} ${message}`;
};
const filled = 'filled';
const denied = (code: string) => expect.stringContaining(`denied: risk.${code} `) as unknown;

/** Loses by closing: 600 dollars at 60,000 are sold at `price`, and a tenth of a percent goes to the venue each time. */
const loseBy = async (of: Follower, price: string) => {
  await setPrice('60000');
  expect(await traded(of, 'buy')).toBe(filled);
  await setPrice(price);
  expect(await traded(of, 'exit')).toBe(filled);
  await setPrice('60000');
};

describe.each(scopes)('a limit of the %s', (scope) => {
  const set = (of: Follower, changes: LimitChanges) => limit(targets[scope](of), changes);

  it('on one order: up to it, not above it, and what closes passes', async () => {
    const of = await newFollower();
    await set(of, { maxNotional: dollars('600') });
    expect(await traded(of, 'buy')).toBe(filled);
    await set(of, { maxNotional: dollars('599.99') });
    expect(await traded(of, 'buy')).toEqual(denied('max_notional'));
    expect(await traded(of, 'exit')).toBe(filled);
  });

  it('on positions: as many as it says, more in one of them, and what closes passes', async () => {
    const of = await newFollower();
    await set(of, { maxOpenPositions: 1 });
    expect(await traded(of, 'buy')).toBe(filled);
    expect(await traded(of, 'buy')).toBe(filled);
    expect(await traded(of, 'buy', 'ETHUSDT')).toEqual(denied('max_open_positions'));
    await set(of, { maxOpenPositions: 0 });
    expect(await traded(of, 'buy')).toEqual(denied('max_open_positions'));
    expect(await traded(of, 'exit')).toBe(filled);
    await set(of, { maxOpenPositions: 1 });
    expect(await traded(of, 'buy', 'ETHUSDT')).toBe(filled);
  });

  it('on exposure: what positions cost and the order together, and what closes passes', async () => {
    const of = await newFollower();
    // A tenth of a percent of what was bought went to the venue, and is owned no more.
    await set(of, { maxExposure: dollars('1199.4') });
    expect(await traded(of, 'buy')).toBe(filled);
    expect(await traded(of, 'buy')).toBe(filled);
    expect(await traded(of, 'buy', 'ETHUSDT')).toEqual(denied('max_exposure'));
    expect(await traded(of, 'exit')).toBe(filled);
    await set(of, { maxExposure: dollars('599.99') });
    expect(await traded(of, 'buy')).toEqual(denied('max_exposure'));
  });

  it('on what is lost in a day: until it is reached, then closes alone', async () => {
    const of = await newFollower();
    await set(of, { maxDailyLoss: dollars('61.13') });
    await loseBy(of, '54000');
    // 0.6 and 0.53946 to the venue, and 59.94 by the price.
    expect(await traded(of, 'buy')).toBe(filled);
    await set(of, { maxDailyLoss: dollars('61.07') });
    expect(await traded(of, 'buy')).toEqual(denied('max_daily_loss'));
    expect(await traded(of, 'exit')).toBe(filled);
  });

  it('on the time after a losing close: until it has passed, and what closes passes', async () => {
    const of = await newFollower();
    await set(of, { coolDownSeconds: 3_600 });
    await loseBy(of, '66000');
    expect(await traded(of, 'buy')).toBe(filled);
    expect(await traded(of, 'exit')).toEqual(expect.stringContaining(filled));
    await set(of, { coolDownSeconds: null });
    await loseBy(of, '54000');
    await traded(of, 'buy');
    await set(of, { coolDownSeconds: 3_600 });
    expect(await traded(of, 'buy')).toEqual(denied('cool_down'));
    // A close in two parts is one: though the losing part was long ago and the last one has gained.
    await fixture.pool.query(
      `insert into executions select (jsonb_populate_record(e, jsonb_build_object('fill_id', fill_id || '-2', 'realised', 1))).*
        from executions e where user_id = $1 and realised < -10`,
      [of.userId],
    );
    await fixture.pool.query("update executions set at = at - interval '2 hours' where user_id = $1 and realised < -10", [
      of.userId,
    ]);
    expect(await traded(of, 'buy')).toEqual(denied('cool_down'));
    expect(await traded(of, 'exit')).toBe(filled);
    await fixture.pool.query("update executions set at = at - interval '1 hour' where user_id = $1", [of.userId]);
    expect(await traded(of, 'buy')).toBe(filled);
  });

  it('on symbols and on parts of the week, and what closes passes', async () => {
    const of = await newFollower();
    const always = [{ days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const, from: '00:00', to: '24:00' }];
    await set(of, {
      symbols: ['BTCUSDT'],
      tradingWindows: always.map(({ days, ...window }) => ({ ...window, days: [...days] })),
    });
    expect(await traded(of, 'buy')).toBe(filled);
    expect(await traded(of, 'buy', 'ETHUSDT')).toEqual(denied('symbol_not_listed'));
    const yesterday = new Date(Date.now() - 86_400_000).getUTCDay();
    const days = [(['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const)[yesterday]!];
    await set(of, { symbols: [], tradingWindows: [{ days, from: '00:00', to: '23:00' }] });
    expect(await traded(of, 'buy')).toEqual(denied('symbol_not_listed'));
    await set(of, { symbols: null });
    expect(await traded(of, 'buy')).toEqual(denied('outside_trading_windows'));
    expect(await traded(of, 'exit')).toBe(filled);
  });
});

describe('limits', () => {
  it('hold beside a halt: what closes passes both', async () => {
    const of = await newFollower();
    await traded(of, 'buy');
    await limit(targets.user(of), { maxNotional: dollars('1'), maxOpenPositions: 0, symbols: [] });
    await executor.useCases.haltTrading({ target: targets.user(of), reason: 'enough', context: fixture.context() });
    expect(await traded(of, 'buy')).toContain('denied: halted.user');
    expect(await traded(of, 'exit')).toBe(filled);
  });

  it('are told to those whom they concern: one’s own, the platform’s, and those of strategies that one owns or follows', async () => {
    const [of, other] = [await newFollower(), await newFollower()];
    await limit(targets.user(of), { maxNotional: dollars('500'), coolDownSeconds: 60 });
    await limit(targets.user(of), { coolDownSeconds: null });
    await limit(targets.strategy(of), { maxOpenPositions: 2 });
    await limit(targets.strategy(other), { maxOpenPositions: 3 });
    await limit(targets.platform(of), { maxExposure: dollars('1000') });
    const told = await executor.useCases.riskLimits({ userId: of.userId });
    expect(told).toEqual({
      limits: { ...noLimits, maxNotional: '500' },
      others: [
        {
          scope: 'strategy',
          strategyId: of.strategyId,
          limits: { ...noLimits, maxOpenPositions: 2 },
          setAt: expect.any(String) as unknown,
        },
        { scope: 'platform', limits: { ...noLimits, maxExposure: '1000' }, setAt: expect.any(String) as unknown },
      ],
      halts: [],
    });
    const owned = (await executor.useCases.riskLimits({ userId: owner })).others.map(({ strategyId }) => strategyId);
    expect(owned).toEqual(expect.arrayContaining([of.strategyId, other.strategyId, undefined]));
  });

  it('come back with the events of a restored database, of every scope', async () => {
    const of = await newFollower();
    for (const scope of scopes) await limit(targets[scope](of), { maxNotional: dollars('500') });
    const before = await executor.useCases.riskLimits({ userId: of.userId });
    const admin = fixture.admin();
    await admin.connect();
    await admin.query('delete from risk_limits');
    await admin.end();
    const events = await fixture.pool.query(
      "select id, stream_id as streamid from events where type = 'RiskLimitsSet' order by position desc",
    );
    for (const envelope of events.rows) await withTransaction(fixture.pool, (tx) => executor.onImported(tx, [envelope as never]));
    expect(await executor.useCases.riskLimits({ userId: of.userId })).toEqual(before);
  });
});

describe('a limit on what is lost in a day', () => {
  it('holds after a restart, and until midnight UTC by the venue’s time of the fills', async () => {
    const of = await newFollower();
    await loseBy(of, '54000');
    await limit(targets.user(of), { maxDailyLoss: dollars('50') });
    await executor.stop();
    executor = await fixture.startExecutor(`spec-${randomUUID()}`);
    expect(await traded(of, 'buy')).toEqual(denied('max_daily_loss'));
    const moveTo = (at: string) => fixture.pool.query(`update executions set at = ${at} where user_id = $1`, [of.userId]);
    await moveTo("date_trunc('day', now(), 'utc')");
    expect(await traded(of, 'buy')).toEqual(denied('max_daily_loss'));
    await moveTo("date_trunc('day', now(), 'utc') - interval '1 ms'");
    expect(await traded(of, 'buy')).toBe(filled);
  });
});

describe('openings of one user that are decided at the same moment', () => {
  /** A log of its own, as a process has it, and trades that were sized and wait for their commit. */
  const waiting = async (of: Follower, count: number) => {
    const followings = [of, ...Array.from({ length: count - 1 }, () => ({ ...of, strategyId: newStrategyId() }))];
    for (const one of followings.slice(1)) await follow(one, '600');
    await executor.stop();
    const trades = [];
    for (const one of followings) {
      const signalId = await alert(one, 'buy');
      trades.push((await fixture.tradesOf(executor, signalId, of.userId))[0]!);
    }
    const log = createTradeLog({ pool: fixture.pool, store: createExecutorStore(systemClock), afterCommit: () => undefined });
    const [lease] = await claimLeases(fixture.pool, { names: [`spec-${randomUUID()}`], holder: 'spec', ttlMs: 60_000 });
    return { trades, log, lease: lease as HeldLease };
  };
  type Waiting = Awaited<ReturnType<typeof waiting>>;
  const submit = async ({ log, lease }: Waiting, trade: TradeView, attempt = 1): Promise<string> => {
    const order = { clientOrderId: trade.clientOrderId, symbol: trade.symbol, side: 'buy', quoteAmount: decimal('600') } as const;
    const { events } = await log.apply(
      await log.load(trade.id),
      {
        type: 'Submit',
        data: {
          attempt,
          leg: entryLeg,
          order,
          now: Date.now(),
          timestamp: Date.now(),
          recvWindow: 5_000,
          paramsHash: 'ab'.repeat(32),
          resendAfterAbsence: true,
          absenceIsProof: true,
          purpose: 'open',
          maxAgeMs: 60_000,
          baseAsset: 'BTC',
          quoteAsset: 'USDT',
          value: decimal('600'),
        },
      },
      lease,
    );
    const [event] = events;
    return event?.type === 'TradeDenied' ? event.data.reason : (event?.type ?? 'nothing');
  };
  afterEach(async () => {
    executor = await fixture.startExecutor(`spec-${randomUUID()}`);
  });

  it.each<[string, LimitChanges, string]>([
    ['positions', { maxOpenPositions: 2 }, 'risk.max_open_positions'],
    ['exposure', { maxExposure: decimal('1200') }, 'risk.max_exposure'],
  ])('pass a limit on %s no further than one after the other', async (_what, changes, reason) => {
    const of = await newFollower();
    await limit(targets.user(of), changes);
    const some = await waiting(of, 5);
    const outcomes = await Promise.all(some.trades.map((trade) => submit(some, trade)));
    expect(outcomes.toSorted()).toEqual(['OrderSubmitted', 'OrderSubmitted', reason, reason, reason]);
  });

  it('are not decided side by side in two groups: the second sees the first committed, and others need not wait', async () => {
    const [of, another] = [await newFollower(), await newFollower()];
    await limit(targets.user(of), { maxOpenPositions: 1 });
    const some = await waiting(of, 2);
    const [first, second] = some.trades as [TradeView, TradeView];
    const signalId = await alert(another, 'buy');
    const [others] = await fixture.tradesOf(executor, signalId, another.userId);
    const blocker = await fixture.pool.connect();
    await blocker.query('begin');
    await blocker.query('select from leases where name = $1 for update', [some.lease.name]);
    const groups = (count: number) =>
      eventually(async () => {
        const { rows } = await fixture.pool.query(
          `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
            and query like '%from leases%for share%'`,
        );
        return rows.length === count;
      });
    const outcomes = [submit(some, first)];
    await groups(1);
    outcomes.push(submit(some, second), submit(some, others!));
    await groups(2);
    await blocker.query('rollback');
    blocker.release();
    expect(await Promise.all(outcomes)).toEqual(['OrderSubmitted', 'risk.max_open_positions', 'OrderSubmitted']);
  });

  it('count fully while their outcome is not known, and a second attempt of one does not stand beside its first', async () => {
    const of = await newFollower();
    await limit(targets.user(of), { maxExposure: dollars('1199') });
    const some = await waiting(of, 2);
    const [first, second] = some.trades as [TradeView, TradeView];
    expect(await submit(some, first)).toBe('OrderSubmitted');
    const record = async (command: Parameters<Waiting['log']['apply']>[1]) =>
      some.log.apply(await some.log.load(first.id), command, some.lease);
    await record({ type: 'RecordUnknown', data: { attempt: 1, cause: 'timeout', venueSaidUnknown: false } });
    await record({ type: 'RecordAbsence', data: { attempt: 1, lookups: 3 } });
    expect(await submit(some, first, 2)).toBe('OrderSubmitted');
    expect(await submit(some, second)).toBe('risk.max_exposure');
  });
});
