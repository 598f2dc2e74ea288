import { createHmac, randomBytes } from 'node:crypto';
import type { ExchangeName, Following, Signal, Sizing } from '@latchkey/contracts';
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

type Setting = Partial<Pick<Following, 'leverage' | 'limits' | 'marketType' | 'sizing'>>;
const paths = { binance: '/fapi/v1/leverage', bybit: '/v5/position/set-leverage' } as const;

/** Signed as the account's owner would, at the exchange itself. */
const asOwner = async (exchange: ExchangeName, { apiKey, apiSecret }: { apiKey: string; apiSecret: string }) => {
  const sign = (text: string) => createHmac('sha256', apiSecret).update(text).digest('hex');
  const now = Date.now();
  if (exchange === 'binance') {
    const query = `symbol=BTCUSDT&timestamp=${now}&recvWindow=5000`;
    const url = `${fixture.venueUrls.binance}/fapi/v1/symbolConfig?${query}&signature=${sign(query)}`;
    const [row] = (await (await fetch(url, { headers: { 'X-MBX-APIKEY': apiKey } })).json()) as { leverage: number }[];
    return row?.leverage;
  }
  const query = 'category=linear&symbol=BTCUSDT';
  const answer = await fetch(`${fixture.venueUrls.bybit}/v5/position/list?${query}`, {
    headers: {
      'X-BAPI-API-KEY': apiKey,
      'X-BAPI-TIMESTAMP': String(now),
      'X-BAPI-RECV-WINDOW': '5000',
      'X-BAPI-SIGN': sign(`${now}${apiKey}5000${query}`),
    },
  });
  return Number(((await answer.json()) as { result: { list: { leverage: string }[] } }).result.list[0]?.leverage);
};

const follower = async (exchange: ExchangeName, of: Setting = {}, balances?: object) => {
  const strategyId = newStrategyId();
  const userId = `leverage-user-${(users += 1)}` as UserId;
  const key = { apiKey: randomBytes(32).toString('hex'), apiSecret: randomBytes(32).toString('hex') };
  await fixture.control('POST', '/accounts', { exchange, ...key, ...(balances && { balances }) });
  fixture.vault.keep(userId, key);
  await executor.useCases.setFollowing({
    strategyId,
    userId,
    exchange,
    environment: 'live',
    marketType: 'linear',
    sizing: quote('1200'),
    enabled: true,
    ...of,
    context: fixture.context(),
  });
  let sequence = 0;
  return {
    ...key,
    userId,
    leverage: () => asOwner(exchange, key),
    orders: async () => (await fixture.book()).filter(({ apiKey }) => apiKey === key.apiKey),
    trade: async (over: Partial<Signal> = {}, action: 'buy' | 'exit' = 'buy') => {
      const signal = {
        market: { ticker: 'BTCUSDT', symbol: 'BTCUSDT' },
        actions: [{ action, orderType: 'market' as const }],
        ...over,
      };
      sequence += 1;
      const signalId = await fixture.fanOut(executor, signalReceived(strategyId, { sequence, signal }));
      await fixture.settled(executor, signalId, 60_000);
      const [one] = await fixture.tradesOf(executor, signalId, userId);
      return one!;
    },
  };
};

const sent = async (exchange: ExchangeName): Promise<number> => {
  const { requests } = await fixture.control<{ requests: Record<string, Record<string, number>> }>('GET', '/stats');
  return Object.values(requests[paths[exchange]] ?? {}).reduce((sum, count) => sum + count, 0);
};

describe.each(['binance', 'bybit'] as const)('on %s linear', (exchange) => {
  it("an opening is traded at the follower's leverage, and again at the same", async () => {
    const { trade, leverage } = await follower(exchange, { leverage: 7 });
    expect(await trade({ leverage: 20 })).toMatchObject({ status: 'filled' });
    expect(await leverage()).toBe(7);
    expect(await trade()).toMatchObject({ status: 'filled' });
    expect(await leverage()).toBe(7);
  });

  it("an opening is traded at the alert's leverage, within the follower's limit", async () => {
    const free = await follower(exchange);
    expect(await free.trade({ leverage: 33 })).toMatchObject({ status: 'filled' });
    expect(await free.leverage()).toBe(33);
    const limited = await follower(exchange, { limits: { maxLeverage: 5 } });
    expect(await limited.trade({ leverage: 33 })).toMatchObject({ status: 'filled' });
    expect(await limited.leverage()).toBe(5);
  });

  it('a limit holds whatever the account was set to', async () => {
    const { trade, leverage } = await follower(exchange, { limits: { maxLeverage: 3 } });
    expect(await leverage()).not.toBe(3);
    await trade();
    expect(await leverage()).toBe(3);
  });

  it('nothing is set where nobody says a leverage, and an exit sets none', async () => {
    const plain = await follower(exchange);
    const before = [await plain.leverage(), await sent(exchange)];
    await plain.trade();
    expect([await plain.leverage(), await sent(exchange)]).toEqual(before);
    const { trade, leverage } = await follower(exchange, { leverage: 4 });
    await trade();
    const set = await sent(exchange);
    expect(await trade({ leverage: 9 }, 'exit')).toMatchObject({ status: 'filled', side: 'sell' });
    expect([await leverage(), await sent(exchange)]).toEqual([4, set]);
  });

  it('no more than the exchange lends for such a position is asked for', async () => {
    // 6 BTC are worth 360,000: at Binance the bracket of 100; Bybit's symbol has 100 at most.
    const big = { sizing: { mode: 'base_amount', value: decimal('6') } satisfies Sizing, leverage: 125 };
    const { trade, leverage } = await follower(exchange, big);
    expect(await trade()).toMatchObject({ status: 'filled', filled: '6' });
    expect(await leverage()).toBe(100);
  });

  it('refused, it denies the trade with the reason, and nothing is ordered', async () => {
    const { trade, orders, apiKey } = await follower(exchange, { leverage: 7 });
    const params = { code: exchange === 'binance' ? -2027 : 110013 };
    await fixture.fault('venue-error', params, { path: paths[exchange], apiKey });
    expect(await trade()).toMatchObject({
      status: 'denied',
      reason: 'venue.leverage_refused',
      message: expect.stringContaining('could not be set to 7') as string,
    });
    expect(await orders()).toEqual([]);
  });

  it.each(['drop', 'accept-then-drop', 'garbage'])('is set again after %s, before anything is ordered', async (kind) => {
    const { trade, orders, leverage, apiKey } = await follower(exchange, { leverage: 7 });
    await fixture.fault(kind, {}, { path: paths[exchange], apiKey });
    expect(await trade()).toMatchObject({ status: 'filled' });
    expect(await leverage()).toBe(7);
    expect(await orders()).toHaveLength(1);
  });

  it('an opening that is denied leaves the account as it is', async () => {
    const { trade, leverage } = await follower(exchange, { leverage: 7, sizing: quote('3') });
    const before = await leverage();
    expect(await trade()).toMatchObject({ status: 'denied', reason: 'sizing.below_minimum_quantity' });
    expect(await leverage()).toBe(before);
  });

  it('multiplies what is free of the margin', async () => {
    const sizing = { mode: 'free_percent', value: decimal('50') } as const;
    const { trade } = await follower(exchange, { leverage: 10, sizing }, { USDT: '1200' });
    expect(await trade()).toMatchObject({ status: 'filled', filled: '0.1' });
  });
});

describe('spot', () => {
  it.each(['binance', 'bybit'] as const)('on %s lends nothing, whatever the alert says', async (exchange) => {
    const { trade, userId } = await follower(exchange, { marketType: 'spot' });
    expect(await trade({ leverage: 50 })).toMatchObject({ status: 'filled', filled: '0.02' });
    expect(fixture.vault.purposesOf(userId)).not.toContain('configure');
  });

  it('is not followed with a leverage', async () => {
    await expect(follower('binance', { marketType: 'spot', leverage: 2 })).rejects.toMatchObject({
      code: 'following.not_supported',
      details: { field: 'leverage' },
    });
    await expect(follower('bybit', { marketType: 'spot', limits: { maxLeverage: 2 } })).rejects.toMatchObject({
      details: { field: 'limits.maxLeverage' },
    });
  });
});
