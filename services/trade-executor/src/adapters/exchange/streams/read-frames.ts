import { decimalString } from '@latchkey/contracts';
import { decimal, divide, isPositive, toFixedPlaces, type Decimal } from '@latchkey/kernel';
import { z } from 'zod';
import type { StreamFact } from '../../../app/ports/order-streams.js';
import type { Fill } from '../../../domain/trade/events.js';
import { binanceOrderStatus, endingOf } from '../binance/binance-order-status.js';

// Ids come as numbers, or as digits where a number would have lost some.
const id = z.union([z.string(), z.number()]).transform(String);
const instantOf = (ms: number): string => new Date(ms).toISOString();
const averagePlaces = 12;

const update = {
  s: z.string(),
  c: z.string(),
  x: z.string(),
  X: binanceOrderStatus,
  i: id,
  q: decimalString,
  z: decimalString,
  l: decimalString,
  L: decimalString,
  t: id,
  n: decimalString.optional(),
  N: z.string().nullish(),
  T: z.number(),
};

type Update = {
  readonly x: string;
  readonly i: string;
  readonly l: Decimal;
  readonly L: Decimal;
  readonly t: string;
  readonly n?: Decimal | undefined;
  readonly N?: string | null | undefined;
  readonly T: number;
};

const traded = 'TRADE';

const fillsOf = ({ x, i, l, L, t, n, N, T }: Update): readonly Fill[] =>
  x === traded && isPositive(l)
    ? [
        {
          orderId: i,
          fillId: t,
          amount: l,
          price: L,
          ...(n !== undefined && typeof N === 'string' && { fee: n, feeAsset: N }),
          at: instantOf(T),
        },
      ]
    : [];

const report = z.object({ ...update, e: z.literal('executionReport'), C: z.string(), Z: decimalString });

/** Spot's `executionReport`. A cancel has an id of its own, and the order's in another field. */
export const readExecutionReport = (event: unknown): StreamFact | undefined => {
  const parsed = report.safeParse(event);
  if (!parsed.success) return undefined;
  const of = parsed.data;
  const filled = decimal(of.z);
  const average = isPositive(filled) ? decimal(toFixedPlaces(divide(decimal(of.Z), filled), averagePlaces)) : undefined;
  return {
    clientOrderId: of.C === '' ? of.c : of.C,
    filled,
    order: {
      orderId: of.i,
      ...endingOf(of.X, filled),
      ...(isPositive(of.q) && { amount: decimal(of.q) }),
      filled,
      ...(average !== undefined && { averagePrice: average }),
      fills: fillsOf(of),
    },
  };
};

const tradeUpdate = z.object({ e: z.literal('ORDER_TRADE_UPDATE'), o: z.object({ ...update, ap: decimalString }) });

/** USDM's `ORDER_TRADE_UPDATE`. `TRADE_LITE` says less, of the same fill, and earlier: it is not read. */
export const readOrderTradeUpdate = (event: unknown): StreamFact | undefined => {
  const parsed = tradeUpdate.safeParse(event);
  if (!parsed.success) return undefined;
  const { o: of } = parsed.data;
  const filled = decimal(of.z);
  return {
    clientOrderId: of.c,
    filled,
    order: {
      orderId: of.i,
      ...endingOf(of.X, filled),
      amount: decimal(of.q),
      filled,
      ...(isPositive(of.ap) && { averagePrice: decimal(of.ap) }),
      fills: fillsOf(of),
    },
  };
};
