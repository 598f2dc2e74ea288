import { randomBytes } from 'node:crypto';
import type { ExchangeName, MarketType, Sizing, TradeView } from '@latchkey/contracts';
import { decimal, subtract, type StrategyId, type UserId } from '@latchkey/kernel';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Executor } from './executor.js';
import { eventually } from '@latchkey/testkit';
import { executorFixture, newStrategyId, signalReceived, type ExecutorFixture } from './testing/executor-fixture.js';

let fixture: ExecutorFixture;
let executor: Executor;
let users = 0;

beforeAll(async () => {
  fixture = await executorFixture();
  executor = await fixture.startExecutor();
});
afterEach(() => fixture.control('DELETE', '/faults'));
afterAll(() => fixture.close());

type Action = TradeView['action'];
type Follower = {
  readonly exchange: ExchangeName;
  readonly marketType: MarketType;
  readonly strategyId: StrategyId;
  readonly userId: UserId;
  readonly apiKey: string;
};

const base = (value: string): Sizing => ({ mode: 'base_amount', value: decimal(value) });
const market = (exchange: ExchangeName, marketType: MarketType) => ({ exchange, marketType });
const markets = [market('binance', 'spot'), market('binance', 'linear'), market('bybit', 'spot'), market('bybit', 'linear')];
const createPaths = {
  binance: { spot: '/api/v3/order', linear: '/fapi/v1/order' },
  bybit: { spot: '/v5/order/create', linear: '/v5/order/create' },
};

const newFollower = async (
  { exchange, marketType }: Pick<Follower, 'exchange' | 'marketType'>,
  sizing: Sizing = base('0.0123'),
  account: object = {},
): Promise<Follower> => {
  const strategyId = newStrategyId();
  const userId = `exit-user-${(users += 1)}` as UserId;
  const key =
    exchange === 'binance'
      ? { apiKey: randomBytes(32).toString('hex'), apiSecret: randomBytes(32).toString('hex') }
      : { apiKey: randomBytes(9).toString('hex'), apiSecret: randomBytes(18).toString('hex') };
  await fixture.control('POST', '/accounts', { exchange, ...key, ...account });
  fixture.vault.keep(userId, key);
  const follower = { exchange, marketType, strategyId, userId, apiKey: key.apiKey };
  await follow(follower, strategyId, sizing);
  return follower;
};

const follow = ({ exchange, marketType, userId }: Follower, strategyId: StrategyId, sizing: Sizing, shared = false) =>
  executor.useCases.setFollowing({
    strategyId,
    userId,
    exchange,
    environment: 'live',
    marketType,
    sizing,
    enabled: true,
    shared,
    context: fixture.context(),
  });

let sequence = 0;
/** Sends an alert, not waiting for anything. */
const alert = (strategyId: StrategyId, action: Action, over: { readonly receivedAt?: string; readonly sequence?: number } = {}) =>
  fixture.fanOut(
    executor,
    signalReceived(strategyId, {
      sequence: (sequence += 1),
      signal: { market: { ticker: 'BTCUSDT', symbol: 'BTCUSDT' }, actions: [{ action, orderType: 'market' }] },
      ...over,
    }),
  );

const traded = async (follower: Follower, action: Action, over: object = {}) => {
  const signalId = await alert(follower.strategyId, action, over);
  await fixture.settled(executor, signalId, 60_000);
  const trade = (await fixture.tradesOf(executor, signalId, follower.userId))[0]!;
  return { trade, events: await fixture.eventTypes(trade.id) };
};

const owned = async ({ userId, strategyId }: Follower): Promise<string | undefined> => {
  const { rows } = await fixture.pool.query<{ quantity: string }>(
    'select quantity from positions where user_id = $1 and strategy_id = $2',
    [userId, strategyId],
  );
  return rows[0] && decimal(rows[0].quantity);
};

const booked = async ({ apiKey }: Pick<Follower, 'apiKey'>) => (await fixture.book()).filter((order) => order.apiKey === apiKey);

describe.each(markets)('an exit on $exchange $marketType', (where) => {
  // A tenth of a percent of what was bought went to the venue, and lots are whole: what is left of them stays.
  const isSpot = where.marketType === 'spot';
  const soldOnSpot = where.exchange === 'binance' ? '0.01228' : '0.012287';
  const [bought, sold] = isSpot ? ['0.0123', soldOnSpot] : ['0.012', '0.012'];

  it('closes what the following owns, and no more, by an order that closes', async () => {
    const follower = await newFollower(where);
    await traded(follower, 'buy');
    expect(await owned(follower)).toBe(isSpot ? '0.0122877' : bought);
    const { trade, events } = await traded(follower, 'exit');
    expect(trade).toMatchObject({ action: 'exit', side: 'sell', status: 'filled', amount: sold, filled: sold });
    expect((await booked(follower)).map(({ side, amount }) => [side.toLowerCase(), Number(amount)])).toEqual([
      ['buy', Number(bought)],
      ['sell', Number(sold)],
    ]);
    expect(await owned(follower)).toBe(subtract(decimal(isSpot ? '0.0122877' : bought), decimal(sold)));
    expect(events.filter((type) => type === 'OrderSubmitted')).toHaveLength(1);
    expect(fixture.vault.purposesOf(follower.userId)).toEqual(expect.arrayContaining(['open', 'close']));
  });

  it('of nothing is denied, and says so', async () => {
    const follower = await newFollower(where);
    const { trade } = await traded(follower, 'exit');
    expect(trade).toMatchObject({ status: 'denied', reason: 'nothing_to_close', side: null, filled: '0' });
    expect(await booked(follower)).toHaveLength(0);
  });

  it('leaves alone what another strategy bought, and what the user had before', async () => {
    const follower = await newFollower(where, base('0.0123'), { balances: { BTC: '1', USDT: '100000' } });
    const other = { ...follower, strategyId: newStrategyId() };
    await follow(follower, other.strategyId, base('0.02'), true);
    await traded(follower, 'buy');
    await traded(other, 'buy');
    const before = await owned(other);
    await traded(follower, 'exit');
    expect(await owned(other)).toBe(before);
    expect(Number((await booked(follower)).at(-1)?.amount)).toBeLessThanOrEqual(0.0123);
    const again = await traded(follower, 'exit');
    expect(again.trade).toMatchObject({ status: 'denied', reason: isSpot ? 'dust_below_minimum' : 'nothing_to_close' });
  });

  it('is one order through an answer that was lost', async () => {
    const follower = await newFollower(where);
    await traded(follower, 'buy');
    await fixture.fault('accept-then-drop', {}, { path: createPaths[where.exchange][where.marketType], apiKey: follower.apiKey });
    const { trade, events } = await traded(follower, 'exit');
    expect(trade).toMatchObject({ status: 'filled', filled: sold });
    expect(events).toContain('OrderOutcomeUnknown');
    expect(await booked(follower)).toHaveLength(2);
  });
});

describe('an exit on futures', () => {
  it.each([market('binance', 'linear'), market('bybit', 'linear')])('of $exchange buys a short position back', async (where) => {
    const follower = await newFollower(where, base('0.01'));
    await traded(follower, 'sell');
    expect(await owned(follower)).toBe('-0.01');
    expect((await traded(follower, 'exit')).trade).toMatchObject({ side: 'buy', status: 'filled', filled: '0.01' });
    expect(await owned(follower)).toBe('0');
  });

  it.each([market('binance', 'linear'), market('bybit', 'linear')])(
    'of $exchange fits an account in hedge mode',
    async (where) => {
      const follower = await newFollower(where, base('0.01'), { positionMode: 'hedge' });
      await traded(follower, 'buy');
      expect((await traded(follower, 'exit')).trade).toMatchObject({ side: 'sell', status: 'filled', filled: '0.01' });
      await traded(follower, 'sell');
      expect((await traded(follower, 'exit')).trade).toMatchObject({ side: 'buy', status: 'filled', filled: '0.01' });
    },
  );
});

describe('an exit on spot', () => {
  it.each([market('binance', 'spot'), market('bybit', 'spot')])(
    'of $exchange sells what is left, where the account has less than was bought',
    async (where) => {
      const follower = await newFollower(where, base('0.01'));
      await traded(follower, 'buy');
      await fixture.control('PATCH', `/accounts/${follower.apiKey}`, { balances: { BTC: '0.004' } });
      const { trade, events } = await traded(follower, 'exit');
      expect(trade).toMatchObject({ status: 'filled', filled: '0.004' });
      expect(events).toContain('OrderTurnedAway');
    },
  );

  it('is sent while openings are halted, and so is a sell of what is owned', async () => {
    const follower = await newFollower(market('binance', 'spot'), base('0.01'));
    await traded(follower, 'buy');
    const target = { scope: 'user', userId: follower.userId } as const;
    await executor.useCases.haltTrading({ target, reason: 'spec', context: fixture.context() });
    expect((await traded(follower, 'buy')).trade).toMatchObject({ status: 'denied', reason: 'halted.user' });
    expect((await traded(follower, 'exit')).trade).toMatchObject({ status: 'filled' });

    const seller = await newFollower(market('binance', 'spot'), { mode: 'quote_amount', value: decimal('300') });
    await traded(seller, 'buy');
    await follow(seller, seller.strategyId, { mode: 'quote_amount', value: decimal('150') });
    await executor.useCases.haltTrading({
      target: { scope: 'user', userId: seller.userId },
      reason: 'spec',
      context: fixture.context(),
    });
    expect((await traded(seller, 'sell')).trade).toMatchObject({ status: 'filled', amount: '0.0025', side: 'sell' });
    // More than is owned opens: that is held against the halt.
    await follow(seller, seller.strategyId, { mode: 'quote_amount', value: decimal('300') });
    expect((await traded(seller, 'sell')).trade).toMatchObject({ status: 'denied', reason: 'halted.user' });
  });
});

describe('an exit and the entries of its following', () => {
  const tradeOf = async (follower: Follower, signalId: Awaited<ReturnType<typeof alert>>) =>
    (await fixture.tradesOf(executor, signalId, follower.userId))[0]!;
  const unknownEntry = async (follower: Follower, kind: string, params: object = {}) => {
    await fixture.fault(kind, params, { path: createPaths[follower.exchange][follower.marketType], apiKey: follower.apiKey });
    const signalId = await alert(follower.strategyId, 'buy');
    await eventually(async () => ['submitted', 'unknown'].includes((await tradeOf(follower, signalId)).status));
    return signalId;
  };

  it('ends one that waits at once, while nothing can be sent at all', async () => {
    const follower = await newFollower(market('binance', 'spot'), base('0.01'));
    await traded(follower, 'buy');
    fixture.vault.setAway(true);
    const waiting = await alert(follower.strategyId, 'buy');
    const exit = await alert(follower.strategyId, 'exit');
    await eventually(async () => (await tradeOf(follower, waiting)).status === 'denied');
    expect(await tradeOf(follower, waiting)).toMatchObject({ reason: 'superseded_by_exit' });
    fixture.vault.setAway(false);
    await fixture.settled(executor, exit, 30_000);
    expect(await tradeOf(follower, exit)).toMatchObject({ status: 'filled', filled: '0.00999' });
    expect(await booked(follower)).toHaveLength(2);
  });

  it('goes for what is owned while one is unknown on spot, which is not sent again, and nothing else of the account is sold', async () => {
    const follower = await newFollower(market('binance', 'spot'), base('0.01'), { balances: { BTC: '1', USDT: '100000' } });
    await traded(follower, 'buy');
    const entry = await unknownEntry(follower, 'drop');
    const exit = await alert(follower.strategyId, 'exit');
    const after = await alert(follower.strategyId, 'buy');
    await eventually(async () => (await booked(follower)).length === 2, { timeoutMs: 15_000 });
    // Entries wait for the unknown; the exit did not.
    expect((await tradeOf(follower, entry)).status).toBe('unknown');
    expect((await tradeOf(follower, after)).status).toBe('requested');
    await Promise.all([entry, exit, after].map((signalId) => fixture.settled(executor, signalId, 60_000)));
    expect(await tradeOf(follower, entry)).toMatchObject({ status: 'denied', reason: 'superseded_by_exit' });
    expect(await tradeOf(follower, exit)).toMatchObject({ status: 'filled', filled: '0.00999' });
    expect((await booked(follower)).map(({ side, amount }) => [side, Number(amount)])).toEqual([
      ['buy', 0.01],
      ['sell', 0.00999],
      ['buy', 0.01],
    ]);
  });

  it.each(['one-way', 'hedge'])('closes what turned up later on futures (%s), and nothing twice', async (positionMode) => {
    const follower = await newFollower(market('binance', 'linear'), base('0.01'), { positionMode });
    await traded(follower, 'buy');
    const entry = await unknownEntry(follower, 'accept-late', { ms: 6_500 });
    const exit = await alert(follower.strategyId, 'exit');
    await Promise.all([entry, exit].map((signalId) => fixture.settled(executor, signalId, 60_000)));
    expect(await tradeOf(follower, entry)).toMatchObject({ status: 'filled', filled: '0.01' });
    const trade = await tradeOf(follower, exit);
    expect(trade).toMatchObject({ side: 'sell', filled: '0.02' });
    expect(trade.orders.map(({ leg, filled }) => [leg, filled])).toEqual([
      ['e0', '0.01'],
      ['e1', '0.01'],
    ]);
    expect(await owned(follower)).toBe('0');
    const orders = await booked(follower);
    expect(new Set(orders.map(({ clientOrderId }) => clientOrderId)).size).toBe(orders.length);
  });

  it('goes on looking for an entry that nobody has found, and closes it when it turns up', async () => {
    const follower = await newFollower(market('binance', 'linear'), base('0.01'));
    const entry = await unknownEntry(follower, 'accept-late', { ms: 7_000 });
    const exit = await alert(follower.strategyId, 'exit');
    await Promise.all([entry, exit].map((signalId) => fixture.settled(executor, signalId, 60_000)));
    const trade = await tradeOf(follower, exit);
    expect(trade).toMatchObject({ status: 'filled', side: 'sell', amount: '0.01', filled: '0.01' });
    expect(await fixture.eventTypes(trade.id)).toContain('ExitDeferred');
    expect(await owned(follower)).toBe('0');
    expect(await booked(follower)).toHaveLength(2);
  });

  it('keeps nobody waiting while it only looks out for what may still appear', async () => {
    const follower = await newFollower(market('binance', 'linear'), base('0.01'));
    const other = { ...follower, strategyId: newStrategyId() };
    await follow(follower, other.strategyId, base('0.02'), true);
    const entry = await unknownEntry(follower, 'drop');
    const exit = await alert(follower.strategyId, 'exit');
    const after = await alert(other.strategyId, 'buy');
    await fixture.settled(executor, entry, 60_000);
    await fixture.settled(executor, after, 10_000);
    expect(await tradeOf(follower, after)).toMatchObject({ status: 'filled', filled: '0.02' });
    expect(await tradeOf(follower, exit)).toMatchObject({ status: 'requested', side: null, filled: '0' });
  });

  it('leaves what the user opened on the same futures position, while one of its entries is unknown', async () => {
    const follower = await newFollower(market('binance', 'linear'), base('0.01'));
    const mine = { ...follower, strategyId: newStrategyId() };
    await follow(follower, mine.strategyId, base('0.02'), true);
    await traded(mine, 'buy');
    await traded(follower, 'buy');
    const entry = await unknownEntry(follower, 'drop');
    const exit = await alert(follower.strategyId, 'exit');
    // The exit looks out for the entry for as long as it is not too old itself.
    await fixture.settled(executor, entry, 60_000);
    expect(await tradeOf(follower, entry)).toMatchObject({ status: 'expired', reason: 'unproven' });
    expect(await tradeOf(follower, exit)).toMatchObject({ status: 'requested', filled: '0.01' });
    expect((await booked(follower)).map(({ side, amount }) => [side.toLowerCase(), Number(amount)])).toEqual([
      ['buy', 0.02],
      ['buy', 0.01],
      ['sell', 0.01],
    ]);
  });

  it('never goes after a later signal of the strategy was traded', async () => {
    const follower = await newFollower(market('binance', 'spot'), base('0.01'));
    const early = (sequence += 1);
    await traded(follower, 'buy');
    const { trade } = await traded(follower, 'exit', { sequence: early });
    expect(trade).toMatchObject({ status: 'expired', reason: 'overtaken_by_later_signal' });
    expect(await booked(follower)).toHaveLength(1);
  });

  it('is let through at an age at which an entry expires, and ends at an age of its own', async () => {
    const follower = await newFollower(market('binance', 'spot'), base('0.01'));
    await traded(follower, 'buy');
    const ago = (seconds: number) => new Date(Date.now() - seconds * 1_000).toISOString();
    // A setting applies to signals received after it, so it is made to have been in force.
    await fixture.pool.query(`update followings set valid_from = valid_from - interval '1 hour' where user_id = $1`, [
      follower.userId,
    ]);
    expect((await traded(follower, 'buy', { receivedAt: ago(61) })).trade).toMatchObject({
      status: 'expired',
      reason: 'signal_too_old',
    });
    expect((await traded(follower, 'exit', { receivedAt: ago(601) })).trade).toMatchObject({
      status: 'expired',
      reason: 'signal_too_old',
    });
    expect((await traded(follower, 'exit', { receivedAt: ago(590) })).trade).toMatchObject({ status: 'filled' });
  });
});
