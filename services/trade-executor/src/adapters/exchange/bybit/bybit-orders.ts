import { decimalString, type MarketType } from '@latchkey/contracts';
import { decimal, divide, isPositive, toFixedPlaces, zero, type Decimal } from '@latchkey/kernel';
import { z } from 'zod';
import type { OrderDraft, OrderSnapshot } from '../../../domain/trade/commands.js';
import type { Fill, Refusal } from '../../../domain/trade/events.js';
import { decimalOrNone, readResult, whole } from './bybit-envelope.js';

const acknowledged = z.object({ orderId: z.string().min(1), orderLinkId: z.string() });

/** Code 0 is an acknowledgement only: the order is worked on after it, and what becomes of it is looked up. */
export const readAcknowledgement = (body: unknown, { clientOrderId, amount }: OrderDraft): OrderSnapshot | undefined => {
  const order = readResult(body, acknowledged);
  if (order?.orderLinkId !== clientOrderId) return undefined;
  return { orderId: order.orderId, status: 'open', ...(amount !== undefined && { amount }), filled: zero, fills: [] };
};

const statuses = {
  New: 'open',
  PartiallyFilled: 'open',
  Untriggered: 'open',
  Triggered: 'open',
  Created: 'open',
  Active: 'open',
  Filled: 'filled',
  // A market order is a limit order that may not rest: what its price cap left over is canceled, perhaps all of it.
  PartiallyFilledCanceled: 'canceled',
  Cancelled: 'canceled',
  Deactivated: 'canceled',
  Rejected: 'rejected', // after it was acknowledged
} as const;

const listed = z.object({ list: z.array(z.looseObject({ orderLinkId: z.string() })) });
const orderRow = z.object({
  orderId: z.string().min(1),
  orderStatus: z.enum(Object.keys(statuses) as [keyof typeof statuses]),
  side: z.enum(['Buy', 'Sell']).optional(),
  qty: decimalString,
  marketUnit: z.string().optional(),
  rejectReason: z
    .string()
    .transform((word) => word.slice(0, 100))
    .optional(),
  avgPrice: decimalOrNone,
  cumExecQty: decimalOrNone,
  cumExecValue: decimalOrNone,
  // What was taken of all its executions, by coin; where it cannot be read, each of them tells its own.
  cumFeeDetail: z.record(z.string().min(1).max(40), decimalString).optional().catch(undefined),
});
type OrderRow = z.output<typeof orderRow>;

/** A filled order of which nothing was executed is no result, whatever the venue means by it. */
const isWhole = ({ orderStatus, cumExecQty = zero }: OrderRow): boolean => orderStatus !== 'Filled' || isPositive(cumExecQty);

const averagePlaces = 12;

const averageOf = ({ avgPrice, cumExecValue }: OrderRow, filled: Decimal): Decimal | undefined => {
  if (!isPositive(filled)) return undefined;
  if (avgPrice !== undefined && isPositive(avgPrice)) return avgPrice;
  return cumExecValue === undefined ? undefined : decimal(toFixedPlaces(divide(cumExecValue, filled), averagePlaces));
};

/** `qty` is in the units that the order was placed in: quote units where it says so, or where an old account does not say. */
const amountOf = ({ qty, marketUnit, orderStatus }: OrderRow, category: MarketType, filled: Decimal): Decimal | undefined => {
  if (category === 'linear' || marketUnit === 'baseCoin') return decimal(qty);
  return orderStatus === 'Filled' ? filled : undefined;
};

const noReason = 'EC_NoError';

/** Why the venue ended an order that it had acknowledged, in its own word. */
const refusalOf = ({ orderStatus, rejectReason }: OrderRow): Refusal | undefined => {
  const status = statuses[orderStatus];
  if (!rejectReason || rejectReason === noReason || (status !== 'rejected' && status !== 'canceled')) return undefined;
  return status === 'rejected'
    ? {
        reason: 'venue.order_refused',
        message: `The exchange took the order in and then refused it (${rejectReason}). Nothing was ordered.`,
      }
    : {
        reason: 'venue.order_canceled',
        message: `The exchange ended the order (${rejectReason}). What was executed until then stands; the rest was not ordered.`,
      };
};

const snapshotOf = (row: OrderRow, category: MarketType): OrderSnapshot => {
  const filled = row.cumExecQty ?? zero;
  const amount = amountOf(row, category, filled);
  const average = averageOf(row, filled);
  const refusal = refusalOf(row);
  const fees = Object.entries(row.cumFeeDetail ?? {}).map(([asset, taken]) => ({ asset, amount: decimal(taken) }));
  return {
    orderId: row.orderId,
    status: statuses[row.orderStatus],
    // An attempt that a restored database had lost is known by it.
    ...(row.side !== undefined && { side: row.side === 'Buy' ? 'buy' : 'sell' }),
    ...(amount !== undefined && { amount }),
    filled,
    ...(average !== undefined && { averagePrice: average }),
    ...(refusal && { refusal }),
    fills: [],
    ...(fees.length > 0 && { fees }),
  };
};

/** One row of a list, whoever's order it is; undefined: it cannot be read. */
export const readOrderRow = (row: unknown, category: MarketType): OrderSnapshot | undefined => {
  const parsed = orderRow.safeParse(row);
  return parsed.success && isWhole(parsed.data) ? snapshotOf(parsed.data, category) : undefined;
};

/** What a look-up by our own id found; `none` is the venue's plain statement that it lists no such order. */
type Listed = { readonly found: OrderSnapshot } | { readonly found: 'none' };

/** @returns undefined when the body cannot be read, or lists other orders than the one that was asked for: that proves nothing */
export const readListed = (body: unknown, clientOrderId: string, category: MarketType): Listed | undefined => {
  const list = readResult(body, listed)?.list;
  if (list === undefined) return undefined;
  if (list.length === 0) return { found: 'none' };
  const row = orderRow.safeParse(list.find(({ orderLinkId }) => orderLinkId === clientOrderId));
  return row.success && isWhole(row.data) ? { found: snapshotOf(row.data, category) } : undefined;
};

const execution = z.object({
  orderId: z.string(),
  execId: z.string().min(1),
  execType: z.literal('Trade'),
  execPrice: decimalString,
  execQty: decimalString,
  execFee: decimalOrNone,
  feeCurrency: z.string().optional(),
  side: z.enum(['Buy', 'Sell']),
  execTime: whole,
});
const executionList = z.array(execution);
const executions = z.object({ list: z.array(z.looseObject({ execType: z.string() })) });

type Assets = { readonly base: string; readonly quote: string };

/** Linear fees are paid in what settles the contract; on spot in what the order bought. */
const feeAssetOf = (side: 'Buy' | 'Sell', category: MarketType, { base, quote }: Assets): string =>
  category === 'spot' && side === 'Buy' ? base : quote;

const fillOf = (one: z.output<typeof execution>, category: MarketType, assets: Assets | undefined): Fill => {
  const feeAsset = one.feeCurrency || (assets && feeAssetOf(one.side, category, assets));
  return {
    orderId: one.orderId,
    fillId: one.execId,
    amount: decimal(one.execQty),
    price: decimal(one.execPrice),
    ...(one.execFee !== undefined && feeAsset !== undefined && { fee: one.execFee, feeAsset }),
    at: new Date(one.execTime).toISOString(),
  };
};

/** Executions of other kinds (funding, liquidation) are no fills. */
export const readFills = (body: unknown, category: MarketType, assets: Assets | undefined): readonly Fill[] | undefined => {
  const list = readResult(body, executions)?.list.filter(({ execType }) => execType === 'Trade');
  return executionList.safeParse(list).data?.map((one) => fillOf(one, category, assets));
};
