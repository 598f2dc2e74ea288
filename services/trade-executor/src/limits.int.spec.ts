import { randomBytes } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ExchangeName, MarketType } from '@latchkey/contracts';
import type { SignalId, StrategyId, UserId } from '@latchkey/kernel';
import { eventually } from '@latchkey/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { grantMs } from './domain/rate-limits/bucket.js';
import type { Executor } from './executor.js';
import { executorFixture, newStrategyId, quote, signalReceived, type ExecutorFixture } from './testing/executor-fixture.js';
import { fillFollowings } from './testing/fill-followings.js';

/** 2,000 for the figures of docs/performance.md; `npm test` plays a small one. */
const orders = Number(process.env['LIMITS_ORDERS'] ?? 80);
const isFull = orders >= 1_000;
/** What is measured is how fast executors may send, not how fast one process plays them and the venues. */
const simulated = isFull ? 'own_process' : {};

const markets: readonly (readonly [ExchangeName, MarketType])[] = [
  ['bybit', 'spot'],
  ['bybit', 'linear'],
  ['binance', 'spot'],
  ['binance', 'linear'],
];
type Stats = {
  readonly requests: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly rateLimitViolations: number;
  readonly requestsBeforeRetryAfter: number;
};

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close();
});

let users = 0;
/** A strategy with so many followers at a market, each with an account of its own. */
const followed = async (fixture: ExecutorFixture, [exchange, marketType]: (typeof markets)[number], count: number) => {
  const strategyId = newStrategyId();
  const followings = await Promise.all(
    Array.from({ length: count }, async () => {
      const userId = `limits-${(users += 1)}` as UserId;
      const long = exchange === 'binance' ? 32 : 9;
      const key = { apiKey: randomBytes(long).toString('hex'), apiSecret: randomBytes(32).toString('hex') };
      await fixture.control('POST', '/accounts', { exchange, ...key, ipRestricted: false });
      fixture.vault.keep(userId, key);
      return { strategyId, userId, exchange, environment: 'live', marketType, sizing: quote('120'), enabled: true } as const;
    }),
  );
  await fillFollowings({ databaseUrl: fixture.db.url, followings });
  return { strategyId, users: followings.map(({ userId }) => userId) };
};

const signalOf = (strategyId: StrategyId, action: 'buy' | 'exit' = 'buy', receivedAt = new Date().toISOString()) =>
  signalReceived(strategyId, {
    receivedAt,
    signal: { market: { ticker: 'BTCUSDT', symbol: 'BTCUSDT' }, actions: [{ action, orderType: 'market' }] },
  });

type TradeRow = {
  readonly signal_id: SignalId;
  readonly status: string;
  readonly reason: string | null;
  readonly message: string | null;
  readonly submitted: number;
};
const tradesOf = async (fixture: ExecutorFixture, signals: readonly SignalId[]): Promise<readonly TradeRow[]> => {
  const { rows } = await fixture.pool.query<TradeRow>(
    'select signal_id, status, reason, message, extract(epoch from submitted_at)::float8 as submitted from trades where signal_id = any($1)',
    [signals],
  );
  return rows;
};
const allSettled = (fixture: ExecutorFixture, signals: readonly SignalId[], timeoutMs = 150_000) =>
  eventually(
    async () => {
      const { rows } = await fixture.pool.query<{ open: number }>(
        'select count(*)::int as open from trades where signal_id = any($1) and open',
        [signals],
      );
      return rows[0]?.open === 0;
    },
    { timeoutMs, everyMs: 50 },
  );

/** Two executors that share the users, and the addresses. */
const twoExecutors = async (
  fixture: ExecutorFixture,
  ownOf: (instance: string) => Parameters<ExecutorFixture['startExecutor']>[2] = () => undefined,
): Promise<readonly [Executor, Executor]> => {
  const start = (instance: string): Promise<Executor> => fixture.startExecutor(instance, undefined, ownOf(instance));
  const two = [await start('one'), await start('two')] as const;
  await eventually(() => two.every(({ partitions }) => partitions.held().size === 32), { timeoutMs: 30_000 });
  await eventually(
    () =>
      two.every(({ exchanges }) =>
        markets.every(([exchange, marketType]) => {
          const market = exchanges({ exchange, environment: 'live', marketType });
          return market?.clock.now() !== undefined && market.rules('BTCUSDT') !== 'loading';
        }),
      ),
    { timeoutMs: 30_000 },
  );
  return two;
};

describe.each([
  ['one address', undefined],
  [
    'two addresses',
    [
      { address: '127.0.0.2', local: '127.0.0.2' },
      { address: '127.0.0.3', local: '127.0.0.3' },
    ],
  ],
] as const)('a burst at the venues’ real limits, by two executors and %s', (name, routes) => {
  it('breaks none, lets exits pass, and ends at once what would be too late', { timeout: 400_000 }, async () => {
    const fixture = await executorFixture({ simulated, betweenBooksMs: 1_000, ...(routes && { routes }) });
    open.push(fixture.close);
    const [one, two] = await twoExecutors(fixture);
    const wake = () => [one, two].forEach(({ lanes }) => lanes.wake());
    const fanOut = async (strategyId: StrategyId, action: 'buy' | 'exit' = 'buy', receivedAt?: string) => {
      const signalId = await fixture.fanOut(one, signalOf(strategyId, action, receivedAt));
      wake();
      return signalId;
    };

    // What will be closed in the middle of the burst, opened before.
    const leaving = await followed(fixture, ['bybit', 'spot'], 5);
    const late = await followed(fixture, ['bybit', 'linear'], 150);
    const strategies = await Promise.all(markets.map((market) => followed(fixture, market, orders / markets.length)));
    await fixture.pool.query(`update followings set valid_from = valid_from - interval '2 minutes' where strategy_id = $1`, [
      late.strategyId,
    ]);
    await allSettled(fixture, [await fanOut(leaving.strategyId)]);

    const before = await fixture.control<Stats>('GET', '/stats');
    const startedAt = performance.now();
    const entries = await Promise.all(strategies.map(({ strategyId }) => fanOut(strategyId)));
    await eventually(async () => (await fixture.book()).length > orders / 4, { timeoutMs: 60_000, everyMs: 10 });
    const exits = await fanOut(leaving.strategyId, 'exit');
    // Little time is left for what waits behind all of these.
    const tooLate = routes
      ? []
      : [await fanOut(late.strategyId, 'buy', new Date(Date.now() - (isFull ? 56_000 : 59_300)).toISOString())];
    await allSettled(fixture, [...entries, exits, ...tooLate]);
    const seconds = (performance.now() - startedAt) / 1_000;

    const stats = await fixture.control<Stats>('GET', '/stats');
    expect([stats.rateLimitViolations, stats.requestsBeforeRetryAfter]).toEqual([0, 0]);
    const trades = await tradesOf(fixture, entries);
    expect(trades.filter(({ status }) => status !== 'filled')).toEqual([]);
    expect(trades).toHaveLength(orders);

    const closed = await tradesOf(fixture, [exits]);
    expect(closed.map(({ status }) => status)).toEqual(Array.from({ length: 5 }, () => 'filled'));
    // They came after every entry of their venue; what was still waiting then was sent after them.
    const lastExit = Math.max(...closed.map(({ submitted }) => submitted));
    const overtaken = trades.filter(
      ({ signal_id, submitted }) => entries.slice(0, 2).includes(signal_id) && submitted > lastExit,
    ).length;
    if (isFull) expect(overtaken).toBeGreaterThan(orders / 10);

    const ended = await tradesOf(fixture, tooLate);
    const expired = ended.filter(({ reason }) => reason === 'rate_limited');
    if (isFull && tooLate.length > 0) expect(expired.length).toBeGreaterThan(0);
    for (const trade of ended) {
      if (trade.status === 'filled') continue;
      // With less than a second left a slow machine may have held an attempt back before the age was over: that is its last obstacle then.
      expect(trade).toMatchObject({
        status: 'expired',
        reason: expect.stringMatching(/^(rate_limited|signal_too_old|order\.withheld)$/),
        message: expect.stringMatching(trade.reason === 'rate_limited' ? /let the order go in/ : /was older than 60 s/),
      });
      if (trade.reason === 'rate_limited') expect(trade.message).toMatch(/let the order go in (about \d+ s|time)/);
    }

    const sum = (of: Stats) =>
      Object.entries(of.requests)
        .filter(([path]) => path.startsWith('/v5/'))
        .flatMap(([, statuses]) => Object.values(statuses))
        .reduce((total, count) => total + count, 0);
    const requests = sum(stats) - sum(before);
    const rate = 120 * (routes?.length ?? 1);
    const figures = { name, orders, seconds, requests, atVenueRate: requests / rate, overtaken, expired: expired.length };
    process.stdout.write(`limits: ${JSON.stringify(figures)}\n`);
    if (isFull) expect(seconds).toBeLessThan((1.1 * requests) / rate);
  });
});

const clockThatNotes = () => {
  let read = 0;
  return { now: () => (read = Date.now()), lastRead: () => read };
};

/**
 * Two executors that leave by one way out as far as venues and limits go, and can be told apart by the address of this machine that their
 * connections begin at. `decidedAt` is when its executor last read its clock before a request's head was written: nothing lies between the two
 * but what was decided then, however busy the machine is.
 */
const watchedExecutors = () => {
  const executors = {
    one: { local: '127.0.0.2', clock: clockThatNotes() },
    two: { local: '127.0.0.3', clock: clockThatNotes() },
  };
  const begun: { readonly instance: string; readonly at: number; readonly decidedAt: number; readonly host: string }[] = [];
  const note = (message: unknown): void => {
    const { headers, socket } = message as { readonly headers: string; readonly socket: { readonly localAddress?: string } };
    for (const [instance, { local, clock }] of Object.entries(executors)) {
      if (socket.localAddress !== local) continue;
      const host = /^host: (.+?)\r?$/im.exec(headers)?.[1] ?? '';
      begun.push({ instance, at: performance.now(), decidedAt: clock.lastRead(), host });
    }
  };
  subscribe('undici:client:sendHeaders', note);
  return {
    begun,
    ownOf: (instance: string) => {
      const { local, clock } = executors[instance as keyof typeof executors];
      return { clock, routes: [{ address: 'system', local }] };
    },
    end: () => void unsubscribe('undici:client:sendHeaders', note),
  };
};

/** The first moment at which the database is seen to hold the venue's word; it was committed before. */
const wordSeenAt = async (fixture: ExecutorFixture, venue: string): Promise<number> =>
  eventually(
    async () => {
      const { rows } = await fixture.pool.query(
        'select from rate_limits where key like $1 and blocked_until > extract(epoch from clock_timestamp()) * 1000 + 500',
        [`${venue}/live|system|%`],
      );
      return rows.length > 0 && Date.now();
    },
    { timeoutMs: 60_000, everyMs: 2 },
  );

describe.each([
  ['binance', 'spot', 429, 3_000, '/api/v3/order', 'binance', 'api.binance.com'],
  ['binance', 'linear', 418, 3_000, '/fapi/v1/order', 'binance-usdm', 'fapi.binance.com'],
  ['bybit', 'spot', 403, 600_000, '/v5/order/create', 'bybit', 'api.bybit.com'],
] as const)('%s %s that answers %d in the middle of a burst', (exchange, marketType, status, ms, path, venue, host) => {
  it('hears nothing more from any executor until the time it told', { timeout: 200_000 }, async () => {
    const watched = watchedExecutors();
    const fixture = await executorFixture({ simulated, betweenBooksMs: 1_000 });
    open.push(fixture.close, async () => watched.end());
    const [one, two] = await twoExecutors(fixture, watched.ownOf);
    const { strategyId } = await followed(fixture, [exchange, marketType], 60);
    // Once it is told, whoever asks all the same is heard: the answers of one minute are not what this is about.
    await fixture.fault('rate-limit', { status, ms }, { exchange, path, afterMs: 0 });
    const seeing = wordSeenAt(fixture, venue);
    const signalId = await fixture.fanOut(one, signalOf(strategyId));
    two.lanes.wake();
    // What the venue took and may not be asked about now stays open: it is looked up when the venue is to be asked again.
    await eventually(
      async () =>
        (await tradesOf(fixture, [signalId])).every(
          (trade) => trade.status === 'filled' || (ms > 60_000 && trade.status !== 'submitted' && trade.status !== 'requested'),
        ),
      { timeoutMs: 60_000, everyMs: 50 },
    ).catch(() => undefined);

    const statuses = Object.groupBy(await tradesOf(fixture, [signalId]), (trade) => `${trade.status} ${trade.reason ?? ''}`);
    process.stdout.write(
      `limits: ${JSON.stringify({ exchange, marketType, status, ...Object.fromEntries(Object.entries(statuses).map(([of, all]) => [of, all?.length])) })}\n`,
    );
    const words = fixture.lines.filter(({ message }) => message === 'the exchange limits our requests; they wait');
    expect(words[0]?.facts).toMatchObject({ whom: 'address', ms });
    const begun = watched.begun.filter((request) => request.host === host);
    expect([...new Set(begun.map(({ instance }) => instance))].toSorted()).toEqual(['one', 'two']);

    // Whoever was told begins nothing more. It decides that with its own word alone, so no time passes in between.
    const toldOf = (instance: string): number => words.find((word) => word.instance === instance)?.at ?? Number.POSITIVE_INFINITY;
    const told = begun.filter(({ instance, at }) => at > toldOf(instance) && at < toldOf(instance) + ms);
    expect(told).toEqual([]);
    // The others go by the row: what they know of it is never older than a grant.
    const seenAt = await seeing;
    const others = begun.filter(({ decidedAt }) => decidedAt > seenAt + grantMs && decidedAt < seenAt + ms - 1_000);
    expect(others).toEqual([]);
    // All of it together takes less than 100 ms, which is a measure of the machine too: for the figures of docs/performance.md.
    const firstAt = words[0]?.at ?? Number.NaN;
    const late = begun.filter(({ at }) => at >= firstAt + 100 && at < firstAt + ms);
    if (isFull) expect(late.map(({ at }) => Math.round(at - firstAt))).toEqual([]);

    const trades = await tradesOf(fixture, [signalId]);
    expect(trades).toHaveLength(60);
    for (const trade of trades) {
      if (trade.status === 'filled' || trade.status === 'accepted') continue;
      // Ten minutes are more than an entry may wait: it ends at once, and says so.
      expect(trade).toMatchObject({ status: 'expired', reason: expect.stringMatching(/rate_limited/) });
    }
  });
});
