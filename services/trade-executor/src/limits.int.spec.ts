import { randomBytes } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ExchangeName, MarketType } from '@latchkey/contracts';
import type { SignalId, StrategyId, UserId } from '@latchkey/kernel';
import { eventually } from '@latchkey/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import type { Executor } from './executor.js';
import { executorFixture, newStrategyId, quote, signalReceived, type ExecutorFixture } from './testing/executor-fixture.js';
import { fillFollowings } from './testing/fill-followings.js';

/** 2,000 for the figures of docs/performance.md; `npm test` plays a small one. */
const orders = Number(process.env['LIMITS_ORDERS'] ?? 80);
const isFull = orders >= 1_000;

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
const twoExecutors = async (fixture: ExecutorFixture): Promise<readonly [Executor, Executor]> => {
  const two = [await fixture.startExecutor('one'), await fixture.startExecutor('two')] as const;
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
    const fixture = await executorFixture({ simulated: {}, betweenBooksMs: 1_000, ...(routes && { routes }) });
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
      expect(trade).toMatchObject({ status: 'expired', reason: expect.stringMatching(/^(rate_limited|signal_too_old)$/) });
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

/** Every request of this process to a venue, in the moment in which its head is written. */
const requestsBegun = () => {
  const seen: { readonly at: number; readonly host: string }[] = [];
  const note = (message: unknown): void => {
    const { headers } = message as { readonly headers: string };
    seen.push({ at: performance.now(), host: /^host: (.+?)\r?$/im.exec(headers)?.[1] ?? '' });
  };
  subscribe('undici:client:sendHeaders', note);
  return { seen, end: () => void unsubscribe('undici:client:sendHeaders', note) };
};

describe.each([
  ['binance', 'spot', 429, 3_000, '/api/v3/order'],
  ['binance', 'linear', 418, 3_000, '/fapi/v1/order'],
  ['bybit', 'spot', 403, 600_000, '/v5/order/create'],
] as const)('%s %s that answers %d in the middle of a burst', (exchange, marketType, status, ms, path) => {
  it('hears nothing more from any executor until the time it told', { timeout: 200_000 }, async () => {
    const begun = requestsBegun();
    const fixture = await executorFixture({ simulated: {}, betweenBooksMs: 1_000 });
    open.push(fixture.close, async () => begun.end());
    const [one, two] = await twoExecutors(fixture);
    const { strategyId } = await followed(fixture, [exchange, marketType], 60);
    // Once it is told, whoever asks all the same is heard: the answers of one minute are not what this is about.
    await fixture.fault('rate-limit', { status, ms }, { exchange, path, afterMs: 0 });
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
    const [told] = fixture.lines.filter(({ message }) => message === 'the exchange limits our requests; they wait');
    expect(told?.facts).toMatchObject({ whom: 'address', ms });
    const toldAt = told?.at ?? Number.NaN;
    const host = { binance: { spot: 'api.binance.com', linear: 'fapi.binance.com' }, bybit: { spot: 'api.bybit.com' } }[exchange];
    const own = begun.seen.filter(
      (request) => request.host === (host as Record<string, string>)[marketType] && request.at > toldAt,
    );
    expect(begun.seen.map(({ host: of }) => of)).toContain((host as Record<string, string>)[marketType]);
    // One process plays the venue and both executors: at npm test's side of a busy machine its turns take longer than the venue's own measure.
    const graceMs = isFull ? 100 : 1_000;
    const early = own.filter(({ at }) => at > toldAt + graceMs && at < toldAt + ms);
    expect(early.map(({ at }) => Math.round(at - toldAt))).toEqual([]);
    const trades = await tradesOf(fixture, [signalId]);
    expect(trades).toHaveLength(60);
    for (const trade of trades) {
      if (trade.status === 'filled' || trade.status === 'accepted') continue;
      // Ten minutes are more than an entry may wait: it ends at once, and says so.
      expect(trade).toMatchObject({ status: 'expired', reason: expect.stringMatching(/rate_limited/) });
    }
  });
});
