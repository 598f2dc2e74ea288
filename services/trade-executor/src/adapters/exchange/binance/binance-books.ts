import { decimalString } from '@latchkey/contracts';
import { add, decimal, type Decimal } from '@latchkey/kernel';
import type { binance } from 'ccxt';
import { z } from 'zod';
import type { Exchange, OrderPage } from '../../../app/ports/exchange.js';
import type { ListedOrder } from '../../../domain/reconciliation/compare-orders.js';
import type { OrderSnapshot } from '../../../domain/trade/commands.js';
import type { SignedRequests } from '../signed-requests.js';
import { readQueriedOrder } from './binance-shapes.js';
import { readQueriedUsdmOrder } from './usdm-shapes.js';

type Books = Pick<Exchange, 'recentOrders' | 'holdings'>;
type Deps = { readonly signed: binance; readonly run: SignedRequests['run'] };

/** The most that one list holds, oldest first; a full one has another page after it. */
const mostOrders = 500;

const rows = z.array(
  z.looseObject({ clientOrderId: z.string(), side: z.enum(['BUY', 'SELL']), orderId: z.union([z.string(), z.number()]) }),
);

type ReadOrder = (row: unknown, clientOrderId: string) => OrderSnapshot | undefined;

/** A row that cannot be read is somebody else's order of a kind that we do not know, or ours and looked up otherwise: it is left out. */
const readOrders =
  (read: ReadOrder) =>
  (body: unknown): OrderPage | undefined => {
    const parsed = rows.safeParse(body);
    if (!parsed.success) return undefined;
    const orders = parsed.data.flatMap((row): readonly ListedOrder[] => {
      const { clientOrderId } = row;
      const order = read(row, clientOrderId);
      return order ? [{ ...order, clientOrderId, side: row.side === 'BUY' ? 'buy' : 'sell' }] : [];
    });
    // It begins with the order that is named, so that none between two pages is missed.
    const last = parsed.data.length >= mostOrders ? parsed.data.at(-1) : undefined;
    return { orders, ...(last && { next: String(last.orderId) }) };
  };

/**
 * From an order's id on. Without one nothing is asked: a string of `symbol` alone, or with a time, would be good to cancel all of the symbol's
 * orders with, so the vault signs none (docs/threat-model.md).
 */
const ordersSince =
  (run: Deps['run'], ask: (params: object) => Promise<unknown>, read: ReadOrder): NonNullable<Books['recentOrders']> =>
  async ({ symbol, since }, call) => {
    if (since === undefined) return { orders: [] };
    const answer = await run(
      call,
      'orders.all',
      () => ask({ symbol, orderId: since, limit: String(mostOrders) }),
      readOrders(read),
    );
    return answer.ok ? answer.value : undefined;
  };

const balances = z.object({ balances: z.array(z.object({ asset: z.string(), free: decimalString, locked: decimalString })) });

const readBalances = (body: unknown): ReadonlyMap<string, Decimal> | undefined => {
  const parsed = balances.safeParse(body);
  return (
    parsed.data && new Map(parsed.data.balances.map(({ asset, free, locked }) => [asset, add(decimal(free), decimal(locked))]))
  );
};

/** Lists of a spot account; all of its balances come in one answer. */
export const spotBooks = ({ signed, run }: Deps): Books => ({
  recentOrders: ordersSince(run, (params) => signed.privateGetAllOrders(params), readQueriedOrder),
  holdings: async (_assets, call) => {
    const answer = await run(call, 'account', () => signed.privateGetAccount({ omitZeroBalances: 'true' }), readBalances);
    return answer.ok ? answer.value : undefined;
  },
});

const positions = z.array(z.object({ symbol: z.string(), positionAmt: decimalString }));

/** In hedge mode a symbol has a long and a short one: what counts is what they come to. */
const readPositions = (body: unknown): ReadonlyMap<string, Decimal> | undefined => {
  const parsed = positions.safeParse(body);
  if (!parsed.success) return undefined;
  const held = new Map<string, Decimal>();
  for (const { symbol, positionAmt } of parsed.data)
    held.set(symbol, add(held.get(symbol) ?? decimal('0'), decimal(positionAmt)));
  return held;
};

/** Lists of a futures account; all of its positions come in one answer. */
export const usdmBooks = ({ signed, run }: Deps): Books => ({
  recentOrders: ordersSince(run, (params) => signed.fapiPrivateGetAllOrders(params), readQueriedUsdmOrder),
  holdings: async (_symbols, call) => {
    const answer = await run(call, 'positions', () => signed.fapiPrivateV3GetPositionRisk(), readPositions);
    return answer.ok ? answer.value : undefined;
  },
});
