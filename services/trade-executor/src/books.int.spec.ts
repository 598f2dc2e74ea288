import { randomBytes, randomUUID } from 'node:crypto';
import type { EventData, Following, Sizing } from '@latchkey/contracts';
import { clientOrderIdOf, decimal, entryLeg, tradeIdOf, type SignalId, type StrategyId, type UserId } from '@latchkey/kernel';
import { eventually } from '@latchkey/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Executor } from './executor.js';
import { executorFixture, newStrategyId, signalReceived } from './testing/executor-fixture.js';
import { venueOrder, type VenueAccount } from './testing/venue-order.js';

type Fixture = Awaited<ReturnType<typeof executorFixture>>;
type Market = Pick<Following, 'exchange' | 'marketType'>;
const base = (value: string): Sizing => ({ mode: 'base_amount', value: decimal(value) });

describe.each<Market>([
  { exchange: 'binance', marketType: 'spot' },
  { exchange: 'binance', marketType: 'linear' },
  { exchange: 'bybit', marketType: 'spot' },
  { exchange: 'bybit', marketType: 'linear' },
])('books at $exchange $marketType', ({ exchange, marketType }) => {
  let fixture: Fixture;
  let executor: Executor;
  let users = 0;
  beforeAll(async () => {
    fixture = await executorFixture();
    executor = await fixture.startExecutor();
  });
  afterAll(() => fixture?.close());

  const openAccount = async () => {
    users += 1;
    const userId = `books-${users}` as UserId;
    const account: VenueAccount = {
      exchange,
      marketType,
      apiKey: randomBytes(32).toString('hex'),
      apiSecret: randomBytes(32).toString('hex'),
    };
    await fixture.control('POST', '/accounts', { exchange, apiKey: account.apiKey, apiSecret: account.apiSecret });
    fixture.vault.keep(userId, account);
    const strategyId = newStrategyId();
    const context = { actor: 'user:spec', correlationId: randomUUID() };
    await executor.useCases.setFollowing({
      strategyId,
      userId,
      exchange,
      environment: 'live',
      marketType,
      sizing: base('0.01'),
      enabled: true,
      context,
    });
    return { userId, account, strategyId };
  };
  const buy = async (strategyId: StrategyId, over: Partial<EventData<'SignalReceived'>> = {}) => {
    const signalId = await fixture.fanOut(executor, signalReceived(strategyId, over));
    await fixture.settled(executor, signalId, 30_000);
    return signalId;
  };
  const eventsOf = async (type: string, userId: UserId) =>
    (
      await fixture.pool.query<{ data: Record<string, unknown> }>(
        "select data from events where type = $1 and data ->> 'userId' = $2 order by position",
        [type, userId],
      )
    ).rows.map(({ data }) => data);
  const instrument = marketType === 'spot' ? 'BTC' : 'BTCUSDT';
  /** Compares what is due until the condition holds: each look that has to be confirmed is seen twice. */
  const compared = (condition: () => Promise<void>) =>
    eventually(
      async () => {
        await executor.compareBooks(true);
        await condition();
      },
      { timeoutMs: 30_000, everyMs: 500 },
    );

  it('agree after a trade, and nobody is told anything', async () => {
    const { userId, strategyId } = await openAccount();
    await buy(strategyId);
    await executor.compareBooks(true);
    await executor.compareBooks(true);
    const { positions, drifts } = await executor.useCases.positions({ userId });
    expect(positions).toMatchObject([{ strategyId, symbol: 'BTCUSDT', exchange, marketType }]);
    expect(drifts).toEqual([]);
    expect(await eventsOf('PositionDriftDetected', userId)).toEqual([]);
  });

  it('show what the user traded by hand as drift, trade nothing for it, and say when it is over', async () => {
    const { userId, account, strategyId } = await openAccount();
    await buy(strategyId);
    const owned = (await executor.useCases.positions({ userId })).positions[0]?.quantity ?? decimal('0');
    const orders = (await fixture.book()).length;
    await venueOrder(fixture.venueUrls, account, { side: 'sell', amount: '0.004', clientOrderId: 'by-hand-1' });
    await compared(async () => expect((await executor.useCases.positions({ userId })).drifts).toHaveLength(1));
    const [drift] = (await executor.useCases.positions({ userId })).drifts;
    expect(drift).toMatchObject({ exchange, marketType, instrument, expected: owned });
    expect(Number(owned) - Number(drift?.found)).toBeCloseTo(0.004, 8);
    expect((await executor.useCases.work()).drifts).toMatchObject({ count: 1, oldest: [{ userId, instrument }] });
    await venueOrder(fixture.venueUrls, account, {
      side: 'buy',
      amount: marketType === 'spot' ? '0.005' : '0.004',
      clientOrderId: 'by-hand-2',
    });
    await compared(async () => expect((await executor.useCases.positions({ userId })).drifts).toEqual([]));
    expect(await eventsOf('PositionDriftDetected', userId)).toHaveLength(1);
    expect(await eventsOf('PositionDriftResolved', userId)).toHaveLength(1);
    expect((await fixture.book()).length).toBe(orders + 2); // the user's own two
  });

  it('find an order with an id of ours that no trade has sent, once, and as an alarm', async () => {
    const { userId, account, strategyId } = await openAccount();
    await buy(strategyId);
    const strayId = tradeIdOf({ signalId: randomUUID() as SignalId, actionIndex: 0, userId, exchange, environment: 'live' });
    const clientOrderId = clientOrderIdOf(strayId, entryLeg);
    await venueOrder(fixture.venueUrls, account, { side: 'buy', amount: '0.003', clientOrderId });
    await compared(async () =>
      expect(await eventsOf('UnknownOrderFound', userId)).toMatchObject([{ clientOrderId, side: 'buy', symbol: 'BTCUSDT' }]),
    );
    expect(fixture.lines).toContainEqual(
      expect.objectContaining({ facts: expect.objectContaining({ alarm: 'order.unknown', clientOrderId }) as object }),
    );
  });

  it('book nothing to a trade by its id alone: an order of another account that uses it is nobody’s', async () => {
    const [one, other] = [await openAccount(), await openAccount()];
    const signalId = await buy(one.strategyId);
    await buy(other.strategyId);
    const [trade] = await fixture.tradesOf(executor, signalId, one.userId);
    const before = await fixture.eventTypes(trade?.id ?? '');
    const clientOrderId = trade?.clientOrderId ?? '';
    await venueOrder(fixture.venueUrls, other.account, { side: 'buy', amount: '0.003', clientOrderId });
    await compared(async () => expect(await eventsOf('UnknownOrderFound', other.userId)).toMatchObject([{ clientOrderId }]));
    expect(await fixture.eventTypes(trade?.id ?? '')).toEqual(before);
    expect(await eventsOf('UnknownOrderFound', one.userId)).toEqual([]);
  });
});
