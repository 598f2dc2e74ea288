import { partitionOf } from '@latchkey/contracts';
import { decimal, newId, tradeIdOf, type StrategyId, type TradeId } from '@latchkey/kernel';
import { eventually } from '@latchkey/testkit';
import { expect, it } from 'vitest';
import type { StoreUnderContract } from './store-under-contract.js';
import { expire, past, type StoreKit } from './store-kit.js';

/** The part of the store's contract that says which trade is next: lanes, exits beside them, and what waits. */
export const laneContract = (
  store: () => StoreUnderContract,
  { follower, signalOf, nextOf, leaseOf, submit }: StoreKit,
): void => {
  it('a lane gives its lowest open ordinal, and nothing while it is worked on', async () => {
    const strategyId = newId<StrategyId>();
    const userId = await follower(strategyId);
    const [one, two] = [signalOf(strategyId), signalOf(strategyId, { sequence: 2 })];
    await store().fanOut(one.signal);
    await store().fanOut(two.signal);
    const first = await nextOf(userId);
    const of = await store().trades.load(first?.tradeId as TradeId);
    expect(of.trade).toMatchObject({ request: { signalId: one.signalId, ordinal: 1 } });
    expect(await store().queue.next([partitionOf(userId)], [first?.lane ?? ''], 1_000)).not.toContainEqual(first);
    expect(await store().queue.next([(partitionOf(userId) + 1) % 64], [], 1_000)).not.toContainEqual(first);
    await store().trades.apply(of, expire, await leaseOf(userId));
    const second = await nextOf(userId);
    expect((await store().trades.load(second?.tradeId as TradeId)).trade).toMatchObject({
      request: { signalId: two.signalId, ordinal: 2 },
    });
  });

  it('an exit goes beside what is open in its lane, and what comes after it waits for it', async () => {
    const strategyId = newId<StrategyId>();
    const userId = await follower(strategyId);
    const market = { ticker: 'BTCUSDT', symbol: 'BTCUSDT' };
    const exit = signalOf(strategyId, { sequence: 2, signal: { market, actions: [{ action: 'exit', orderType: 'market' }] } });
    for (const { signal } of [signalOf(strategyId), exit, signalOf(strategyId, { sequence: 3 })]) await store().fanOut(signal);
    const next = async (busy: readonly string[] = []) =>
      (await store().queue.next([partitionOf(userId)], busy, 1_000)).filter(({ lane }) => lane.startsWith(`${userId}/`));
    const [first, second, ...rest] = await next();
    expect(rest).toEqual([]);
    const [leaving, entering] = [
      await store().trades.load(first?.tradeId as TradeId),
      await store().trades.load(second?.tradeId as TradeId),
    ];
    expect(leaving.trade).toMatchObject({ request: { signalId: exit.signalId, action: 'exit', ordinal: 2 } });
    expect(entering.trade).toMatchObject({ request: { action: 'buy', ordinal: 1 } });
    expect(first?.lane).not.toBe(second?.lane);
    expect(await next([first?.lane ?? ''])).toEqual([second]);
    const lease = await leaseOf(userId);
    await store().trades.apply(entering, expire, lease);
    expect(await next()).toEqual([first]);
    await store().trades.apply(leaving, expire, lease);
    const [last] = await next();
    expect((await store().trades.load(last?.tradeId as TradeId)).trade).toMatchObject({ request: { ordinal: 3 } });
  });

  it('an exit is told what its following owns, and which of its orders are in front of it', async () => {
    const strategyId = newId<StrategyId>();
    const userId = await follower(strategyId);
    const market = { ticker: 'BTCUSDT', symbol: 'BTCUSDT' };
    const entry = signalOf(strategyId);
    const exit = signalOf(strategyId, { sequence: 2, signal: { market, actions: [{ action: 'exit', orderType: 'market' }] } });
    await store().fanOut(entry.signal);
    await store().fanOut(exit.signal);
    const queued = (await store().queue.next([partitionOf(userId)], [], 1_000)).filter(({ lane }) =>
      lane.startsWith(`${userId}/`),
    );
    const [leaving, entering] = await Promise.all(queued.map(({ tradeId }) => store().trades.load(tradeId)));
    if (!entering || leaving?.trade.status !== 'requested') throw new TypeError('an exit and its entry are expected');
    const holding = () => store().holdings.of(leaving.trade.status === 'none' ? (undefined as never) : leaving.trade.request);
    const facts = { action: 'buy', ordinal: 1, sequence: 1, side: 'buy', filled: '0', unproven: false };
    const other = { tradeId: entering.tradeId, ...facts };
    expect(await holding()).toEqual({
      owned: '0',
      lastSequence: undefined,
      laterActionSent: false,
      others: [{ ...other, status: 'requested', amount: undefined }],
    });
    const lease = await leaseOf(userId);
    const sent = await store().trades.apply(entering, submit(entering), lease);
    expect(await holding()).toMatchObject({ owned: '0', lastSequence: 1, others: [{ ...other, status: 'submitted' }] });
    const at = new Date().toISOString();
    const fill = { orderId: '1', fillId: 'f1', amount: decimal('0.002'), price: decimal('60000'), at };
    const fee = { fee: decimal('0.000002'), feeAsset: 'BTC' };
    const order = { orderId: '1', status: 'filled', filled: decimal('0.002'), fills: [{ ...fill, ...fee }] } as const;
    await store().trades.apply(sent.after, { type: 'RecordOrder', data: { attempt: 1, order, foundBy: 'answer' } }, lease);
    expect(await holding()).toEqual({ owned: '0.001998', lastSequence: 1, laterActionSent: false, others: [] });
  });

  it('an exit is told that a later action of its own signal was sent, and an earlier one is none', async () => {
    const strategyId = newId<StrategyId>();
    const userId = await follower(strategyId);
    const actions = (['buy', 'exit', 'buy'] as const).map((action) => ({ action, orderType: 'market' }) as const);
    const market = { ticker: 'BTCUSDT', symbol: 'BTCUSDT' };
    const { signal, signalId } = signalOf(strategyId, { signal: { market, actions } });
    await store().fanOut(signal);
    const idOf = (actionIndex: number) => tradeIdOf({ signalId, actionIndex, userId, exchange: 'binance', environment: 'live' });
    const [earlier, exit, later] = await Promise.all([0, 1, 2].map((index) => store().trades.load(idOf(index))));
    if (!earlier || !later || exit?.trade.status !== 'requested') throw new TypeError('three trades are expected');
    const { request } = exit.trade;
    const lease = await leaseOf(userId);
    await store().trades.apply(earlier, submit(earlier), lease);
    expect(await store().holdings.of(request)).toMatchObject({ laterActionSent: false });
    await store().trades.apply(later, submit(later), lease);
    expect(await store().holdings.of(request)).toMatchObject({ laterActionSent: true });
  });

  it('what its alert asked to wait is passed over until then, and what comes after it is not', async () => {
    const strategyId = newId<StrategyId>();
    const userId = await follower(strategyId);
    const market = { ticker: 'BTCUSDT', symbol: 'BTCUSDT' };
    const delayed = { market, actions: [{ action: 'buy', orderType: 'market', delaySeconds: 300 } as const] };
    const [waits, goes] = [signalOf(strategyId, { signal: delayed }), signalOf(strategyId, { sequence: 2 })];
    for (const { signal } of [waits, goes]) await store().fanOut(signal);
    const next = await nextOf(userId);
    const of = await store().trades.load(next?.tradeId as TradeId);
    expect(of.trade).toMatchObject({ request: { signalId: goes.signalId, ordinal: 2 } });
    await store().trades.apply(of, expire, await leaseOf(userId));
    expect(await nextOf(userId)).toBeUndefined();
    const due = { market, actions: [{ action: 'buy', orderType: 'market', delaySeconds: 1 } as const] };
    await store().fanOut(signalOf(strategyId, { sequence: 3, signal: due }).signal);
    const found = await eventually(async () => (await nextOf(userId)) ?? false);
    expect((await store().trades.load(found.tradeId)).trade).toMatchObject({ request: { ordinal: 3 } });
  });

  it('an exit that waits holds up what comes after it in its own signal, and no later one', async () => {
    const strategyId = newId<StrategyId>();
    const userId = await follower(strategyId);
    const market = { ticker: 'BTCUSDT', symbol: 'BTCUSDT' };
    const actions = [
      { action: 'exit', orderType: 'market', delaySeconds: 300 } as const,
      { action: 'buy', orderType: 'market', delaySeconds: 300 } as const,
    ];
    const waits = signalOf(strategyId, { signal: { market, actions } });
    await store().fanOut(waits.signal);
    expect(await nextOf(userId)).toBeUndefined();
    const later = signalOf(strategyId, { sequence: 2 });
    await store().fanOut(later.signal);
    const next = await nextOf(userId);
    expect((await store().trades.load(next?.tradeId as TradeId)).trade).toMatchObject({ request: { signalId: later.signalId } });
  });

  it('an implied exit is for whoever holds that side, or may by what is open', async () => {
    const strategyId = newId<StrategyId>();
    const users = [await follower(strategyId), await follower(strategyId), await follower(strategyId)] as const;
    const [holder, buyer, nobody] = users;
    const market = { ticker: 'BTCUSDT', symbol: 'BTCUSDT' };
    const intoShort = {
      market,
      actions: [
        { action: 'exit', positionSide: 'long', implied: true, orderType: 'market' },
        { action: 'sell', positionSide: 'short', orderType: 'market' },
      ],
    } as const;
    const entry = signalOf(strategyId);
    await store().fanOut(entry.signal);
    for (const userId of [holder, nobody]) {
      const of = await store().trades.load((await nextOf(userId))?.tradeId as TradeId);
      const lease = await leaseOf(userId);
      if (userId === nobody) {
        await store().trades.apply(of, expire, lease);
        continue;
      }
      const sent = await store().trades.apply(of, submit(of), lease);
      const fill = { orderId: '1', fillId: 'f', amount: decimal('0.002'), price: decimal('60000'), at: past(0) };
      const order = { orderId: '1', status: 'filled', filled: decimal('0.002'), fills: [fill] } as const;
      await store().trades.apply(sent.after, { type: 'RecordOrder', data: { attempt: 1, order, foundBy: 'answer' } }, lease);
    }
    const turn = signalOf(strategyId, { sequence: 2, signal: { ...intoShort, actions: [...intoShort.actions] } });
    await store().fanOut(turn.signal);
    const actions = await Promise.all(
      users.map(async (userId) => {
        const idOf = (actionIndex: number) =>
          tradeIdOf({ signalId: turn.signalId, actionIndex, userId, exchange: 'binance', environment: 'live' });
        const found = await Promise.allSettled([0, 1].map((index) => store().trades.load(idOf(index))));
        return found.map((one) => one.status === 'fulfilled' && one.value.trade.status === 'requested');
      }),
    );
    expect(actions).toEqual([
      [true, true],
      [true, true],
      [false, true],
    ]);
    expect(buyer).not.toBe(holder);
  });

  it('of more lanes than are asked for, it gives those whose signal came first', async () => {
    const strategyId = newId<StrategyId>();
    const userId = await follower(strategyId);
    const market = (symbol: string) => ({
      signal: { market: { ticker: symbol, symbol }, actions: [{ action: 'buy', orderType: 'market' }] } as const,
    });
    const receivedAt = (ms: number) => new Date(Date.now() + ms).toISOString();
    await store().fanOut(signalOf(strategyId, { ...market('ETHUSDT'), receivedAt: receivedAt(2_000) } as never).signal);
    await store().fanOut(signalOf(strategyId, { ...market('BTCUSDT'), receivedAt: receivedAt(1_000) } as never).signal);
    const all = await store().queue.next([partitionOf(userId)], [], 1_000);
    const mine = all.filter(({ lane }) => lane.startsWith(`${userId}/`));
    expect(mine.map(({ lane }) => lane.split('/').at(-1))).toEqual(['BTCUSDT', 'ETHUSDT']);
    expect(await store().queue.next([partitionOf(userId)], [], all.length - 1)).toEqual(all.slice(0, -1));
  });
};
