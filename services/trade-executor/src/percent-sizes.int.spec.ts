import { randomBytes } from 'node:crypto';
import type { ExchangeName, MarketType, Sizing } from '@latchkey/contracts';
import { decimal, type UserId } from '@latchkey/kernel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Executor } from './executor.js';
import { executorFixture, newStrategyId, quote, signalReceived, type ExecutorFixture } from './testing/executor-fixture.js';

let fixture: ExecutorFixture;
let executor: Executor;
let users = 0;

beforeAll(async () => {
  fixture = await executorFixture();
  executor = await fixture.startExecutor();
});
afterAll(() => fixture.close());

type Market = readonly [ExchangeName, MarketType];
const percent = (mode: Sizing['mode'], value: string): Sizing => ({ mode, value: decimal(value) });

/** A follower whose account has so much; signals are traded one after the other. */
const follower = async ([exchange, marketType]: Market, balances: Readonly<Record<string, string>>) => {
  const strategyId = newStrategyId();
  const userId = `percent-user-${(users += 1)}` as UserId;
  const key = { apiKey: randomBytes(32).toString('hex'), apiSecret: randomBytes(32).toString('hex') };
  await fixture.control('POST', '/accounts', { exchange, ...key, balances });
  fixture.vault.keep(userId, key);
  let sequence = 0;
  return async (sizing: Sizing, action: 'buy' | 'sell' = 'buy') => {
    const setting = { strategyId, userId, exchange, environment: 'live', marketType, sizing, enabled: true } as const;
    await executor.useCases.setFollowing({ ...setting, context: fixture.context() });
    const signal = {
      market: { ticker: 'BTCUSDT', symbol: 'BTCUSDT' },
      actions: [{ action, orderType: 'market' as const }],
    };
    sequence += 1;
    const signalId = await fixture.fanOut(executor, signalReceived(strategyId, { sequence, signal }));
    await fixture.settled(executor, signalId, 60_000);
    const trade = (await fixture.tradesOf(executor, signalId, userId))[0]!;
    const { status, side, filled, reason, message } = trade;
    return status === 'filled' ? `${side} ${filled}` : `${status}: ${reason}: ${message}`;
  };
};

const spots: readonly Market[] = [
  ['binance', 'spot'],
  ['bybit', 'spot'],
];
const contracts: readonly Market[] = [
  ['binance', 'linear'],
  ['bybit', 'linear'],
];

describe.each(spots)('on %s %s', (...market) => {
  const owned = { USDT: '9000', BTC: '0.1' };

  it('a percentage of the equity is taken of both assets of the symbol', async () => {
    expect(await (await follower(market, owned))(percent('equity_percent', '10'))).toBe('buy 0.025');
  });

  it('a percentage of what is free is taken of what the order spends', async () => {
    const trade = await follower(market, owned);
    expect(await trade(percent('free_percent', '10'))).toBe('buy 0.015');
    expect(await trade(percent('free_percent', '10'))).toBe('buy 0.0135');
    // 0.1 and what was bought, less the fees.
    expect(await trade(percent('free_percent', '50'), 'sell')).toMatch(/^sell 0\.0642/);
  });

  it('all that is free can be spent', async () => {
    expect(await (await follower(market, { USDT: '120' }))(percent('free_percent', '100'))).toBe('buy 0.002');
  });

  it('a percentage of nothing, or of too little, says what would be enough', async () => {
    expect(await (await follower(market, { USDT: '1000' }))(percent('equity_percent', '0.1'))).toContain('at least 0.5 %');
    expect(await (await follower(market, { BTC: '1' }))(percent('free_percent', '10'))).toContain('no USDT free');
  });
});

describe.each(contracts)('on %s %s', (...market) => {
  it('a percentage of the equity is taken of the margin balance, and may be more than it', async () => {
    const trade = await follower(market, { USDT: '6000' });
    expect(await trade(percent('equity_percent', '20'))).toBe('buy 0.02');
    expect(await (await follower(market, { USDT: '6000' }))(percent('equity_percent', '150'))).toBe('buy 0.15');
  });

  it('a percentage of what is free is taken of the margin that is left', async () => {
    const trade = await follower(market, { USDT: '6000' });
    expect(await trade(percent('free_percent', '50'))).toBe('buy 0.05');
    // The first one needs margin and has cost a fee.
    expect(await trade(percent('free_percent', '50'))).toMatch(/^buy 0\.04/);
  });

  it('a percentage that is too little says what would be enough', async () => {
    const trade = await follower(market, { USDT: '6000' });
    expect(await trade(percent('equity_percent', '0.5'))).toContain('at least 1 %');
  });
});

describe.each([...spots, ...contracts])('on %s %s', (...market) => {
  it('a percentage of the position adds to what the strategy has bought, and is nothing before', async () => {
    const trade = await follower(market, { USDT: '100000', BTC: '1' });
    expect(await trade(percent('position_percent', '50'))).toContain('sizing.nothing_owned');
    expect(await trade(quote('1200'))).toBe('buy 0.02');
    // On spot what was bought is less by its fee.
    expect(await trade(percent('position_percent', '50'))).toBe(market[1] === 'linear' ? 'buy 0.01' : 'buy 0.00999');
  });
});

describe('one signal', () => {
  it('asks an account once for all of its followings', async () => {
    const userId = 'percent-user-shared' as UserId;
    const apiKey = await fixture.openAccount(userId);
    const strategyIds = [newStrategyId(), newStrategyId(), newStrategyId()];
    for (const strategyId of strategyIds) await fixture.follow(executor, strategyId, userId, percent('free_percent', '1'));
    const stats = () => fixture.control<{ requests: Record<string, Record<string, number>> }>('GET', '/stats');
    const before = await stats();
    const signals = await Promise.all(
      strategyIds.map((strategyId, at) =>
        fixture.fanOut(
          executor,
          signalReceived(strategyId, {
            signal: {
              market: { ticker: 'x', symbol: ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'][at]! },
              actions: [{ action: 'buy', orderType: 'market' }],
            },
          }),
        ),
      ),
    );
    for (const signalId of signals) await fixture.settled(executor, signalId, 60_000);
    const after = await stats();
    const reads = ({ requests }: typeof before) => requests['/api/v3/account']?.['200'] ?? 0;
    expect((await fixture.book()).filter((order) => order.apiKey === apiKey)).toHaveLength(3);
    // An order that was sent before another one was sized makes it ask again.
    expect([1, 2, 3]).toContain(reads(after) - reads(before));
  });
});
