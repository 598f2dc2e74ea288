import { clientOrderIdOf, decimal, entryLeg, tradeIdOf, type SignalId, type TradeId, type UserId } from '@latchkey/kernel';
import { describe, expect, it, vi } from 'vitest';
import type { ListedOrder } from '../../domain/reconciliation/compare-orders.js';
import type { Exchange } from '../ports/exchange.js';
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
  const recentOrders = vi.fn(async () => (told ? [listed] : undefined));
  const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: vi.fn() };
  const recorded = new Map<TradeId, object>(
    knows ? [[tradeId, { tradeId, status: 'expired' as const, open: false, filled: decimal('0') }]] : [],
  );
  const deps = {
    books: { trades: async () => recorded },
    notices: { unknownOrder },
    trades: { load: async () => of, apply },
    vault: { sign: vi.fn() },
    onLateFact,
    log: quiet,
  } as unknown as OrdersDeps;
  const exchange = { clock: { now: () => 1 }, recentOrders, fills: async () => [fill] } as unknown as Exchange;
  const symbol = { symbol: 'BTCUSDT', owned: decimal('0'), open: false, since: '5' };
  const run = () => reconcileOrders(deps)(book, symbol, exchange, { name: 'partition-p01', epoch: 1 });
  return { run, apply, unknownOrder, onLateFact, recentOrders, log: quiet };
};
const attempted = { status: 'expired', attempt: { attempt: 2 } };

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
});
