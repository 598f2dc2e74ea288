import { clientOrderIdOf, decimal, entryLeg, tradeIdOf, type SignalId, type TradeId, type UserId } from '@latchkey/kernel';
import { describe, expect, it, vi } from 'vitest';
import type { ListedOrder } from '../../domain/reconciliation/compare-orders.js';
import type { Fill } from '../../domain/trade/events.js';
import type { Exchange, OrderPage } from '../ports/exchange.js';
import type { LoadedTrade } from '../ports/trades.js';
import { reconcileOrders, type OrdersDeps } from './reconcile-orders.js';

const book = { userId: 'u' as UserId, exchange: 'binance', environment: 'live', marketType: 'spot' } as const;
const tradeId = tradeIdOf({ ...book, signalId: '0199d3a0-7c00-7000-8000-000000000001' as SignalId, actionIndex: 0 });
const fill = { orderId: '7', fillId: '70', amount: decimal('1'), price: decimal('2'), at: '2026-11-22T09:00:00.000Z' };
const listed: ListedOrder = {
  clientOrderId: clientOrderIdOf(tradeId, entryLeg),
  side: 'buy',
  orderId: '7',
  status: 'filled',
  filled: decimal('1'),
  fills: [],
};

const scene = (trade: object, { knows = true, told = true } = {}) => {
  const of = { tradeId, trade, version: 3 } as unknown as LoadedTrade;
  const apply = vi.fn(async () => ({ after: { ...of, version: 5 }, events: [] }));
  const unknownOrder = vi.fn(async () => true);
  const onLateFact = vi.fn();
  const recentOrders = vi.fn(async (_of: object): Promise<OrderPage | undefined> => (told ? { orders: [listed] } : undefined));
  const tradesOf = vi.fn(async () => recorded);
  const fills = vi.fn(async (): Promise<readonly Fill[] | undefined> => [fill]);
  const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: vi.fn() };
  const recorded = new Map<TradeId, object>(
    knows ? [[tradeId, { tradeId, status: 'expired' as const, open: false, filled: decimal('0') }]] : [],
  );
  const deps = {
    books: { trades: tradesOf },
    notices: { unknownOrder },
    trades: { load: async () => of, apply },
    vault: { sign: vi.fn() },
    onLateFact,
    log: quiet,
  } as unknown as OrdersDeps;
  const exchange = { clock: { now: () => 1 }, recentOrders, fills } as unknown as Exchange;
  const symbol = { symbol: 'BTCUSDT', owned: decimal('0'), open: false, since: '5' };
  const reconcile = reconcileOrders(deps);
  const run = () => reconcile(book, symbol, exchange, { name: 'partition-p01', epoch: 1 });
  return { run, apply, unknownOrder, onLateFact, recentOrders, tradesOf, fills, log: quiet };
};
const attempted = { status: 'expired', attempt: { attempt: 2 }, request: { marketType: 'spot' } };

describe('an order that a trade ended without', () => {
  it('is recorded in the trade, with its side and fills and on its own attempt, and the trade is worked on again', async () => {
    const { run, apply, onLateFact, recentOrders, unknownOrder } = scene(attempted);
    expect(await run()).toBe(true);
    expect(recentOrders).toHaveBeenCalledWith({ symbol: 'BTCUSDT', since: '5' }, expect.anything());
    const { clientOrderId: _id, ...order } = { ...listed, fills: [fill] };
    expect(apply).toHaveBeenCalledWith(
      expect.objectContaining({ tradeId }),
      { type: 'RecordOrder', data: { attempt: 2, order, foundBy: 'lookup' } },
      expect.anything(),
    );
    expect(onLateFact).toHaveBeenCalledOnce();
    expect(unknownOrder).not.toHaveBeenCalled();
  });

  it('is an alarm, and changes no trade, where that trade never sent anything or is not on record', async () => {
    for (const [trade, knows] of [
      [{ status: 'denied' }, true],
      [attempted, false],
    ] as const) {
      const { run, apply, unknownOrder, log } = scene(trade, { knows });
      await run();
      expect(apply).not.toHaveBeenCalled();
      expect(unknownOrder).toHaveBeenCalledWith(book, expect.objectContaining({ orderId: '7', symbol: 'BTCUSDT' }));
      expect(log.error).toHaveBeenCalledWith(expect.objectContaining({ alarm: 'order.unknown' }), expect.anything());
    }
  });

  it('is asked for again when the venue did not tell', async () => {
    const { run, apply } = scene(attempted, { told: false });
    expect(await run()).toBe(false);
    expect(apply).not.toHaveBeenCalled();
  });

  it('is compared with the trades of its own account and symbol alone', async () => {
    const { run, tradesOf } = scene(attempted);
    await run();
    expect(tradesOf).toHaveBeenCalledWith({ ...book, symbol: 'BTCUSDT' }, [tradeId]);
  });

  it('stays open in its trade, and is followed, while its fills cannot be had: fees are known by them alone', async () => {
    const { run, apply, fills, onLateFact } = scene(attempted);
    fills.mockResolvedValue(undefined);
    await run();
    expect(apply).toHaveBeenCalledWith(
      expect.anything(),
      expect.objectContaining({
        data: { attempt: 2, order: { orderId: '7', side: 'buy', status: 'open', filled: '1', fills: [] }, foundBy: 'lookup' },
      }),
      expect.anything(),
    );
    expect(onLateFact).toHaveBeenCalledOnce();
  });
});

describe('a long list of orders', () => {
  it('is compared page after page, and in another turn from where it stopped, so that the newest are reached', async () => {
    const { run, recentOrders } = scene(attempted);
    const pages = 6;
    recentOrders.mockImplementation(async (of) => {
      const at = Number((of as { since: string }).since);
      return { orders: [], ...(at < 5 + pages && { next: String(at + 1) }) };
    });
    const asked = () => recentOrders.mock.calls.map(([of]) => (of as { since: string }).since);
    expect(await run()).toBe(false);
    expect(asked()).toEqual(['5', '6', '7', '8']);
    expect(await run()).toBe(true);
    expect(asked().slice(4)).toEqual(['9', '10', '11']);
    await run();
    expect(asked()[7]).toBe('5');
  });
});
