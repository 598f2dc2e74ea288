import { decimalString } from '@latchkey/contracts';
import { decimal, isPositive } from '@latchkey/kernel';
import { z } from 'zod';
import type { MarketRules } from '../../../domain/sizing/market-rules.js';
import type { OrderSnapshot } from '../../../domain/trade/commands.js';
import { binanceFilters, lotsOf, on, type BinanceFilters } from './binance-filters.js';
import { binanceOrderStatus, binanceSide, endingOf, sideOf } from './binance-order-status.js';

const order = z.object({
  // A number, or text where ccxt saved digits that a number would lose.
  orderId: z.union([z.string(), z.number()]).transform(String),
  clientOrderId: z.string(),
  status: binanceOrderStatus,
  side: binanceSide,
  origQty: decimalString,
  executedQty: decimalString,
  /** Not in every answer: newer definitions leave it out of the new order's. */
  avgPrice: decimalString.optional(),
});

const readOrder = (body: unknown, clientOrderId: string): OrderSnapshot | undefined => {
  const parsed = order.safeParse(body);
  if (!parsed.success || parsed.data.clientOrderId !== clientOrderId) return undefined;
  const { orderId, status, side, origQty, executedQty, avgPrice } = parsed.data;
  const filled = decimal(executedQty);
  return {
    orderId,
    ...endingOf(status, filled),
    ...sideOf(side),
    amount: decimal(origQty),
    filled,
    ...(avgPrice !== undefined && isPositive(avgPrice) && { averagePrice: decimal(avgPrice) }),
    fills: [],
  };
};

/**
 * The answer to a new order names no price in newer definitions. An order that was executed is then reported as one whose result must still be
 * read; with a price, or with nothing executed, the answer is the result.
 */
export const readPlacedUsdmOrder = (body: unknown, clientOrderId: string): OrderSnapshot | undefined => {
  const placed = readOrder(body, clientOrderId);
  if (!placed || !isPositive(placed.filled) || placed.averagePrice !== undefined) return placed;
  const { orderId, amount, filled, fills } = placed;
  return { orderId, status: 'open', ...(amount !== undefined && { amount }), filled, fills };
};

export const readQueriedUsdmOrder = readOrder;

const minNotionalFilter = z.object({ notional: decimalString });

const notionalOf = (filters: BinanceFilters): MarketRules['notional'] => {
  const min = filters.find(({ filterType }) => filterType === 'MIN_NOTIONAL');
  return min ? on('min', minNotionalFilter.parse(min).notional) : {};
};

const symbolInfo = z.object({
  symbol: z.string(),
  status: z.string(),
  contractType: z.literal('PERPETUAL'),
  baseAsset: z.string(),
  quoteAsset: z.string(),
  quotePrecision: z.number().default(8),
  filters: binanceFilters,
});

/** What `exchangeInfo` says of one perpetual contract, in our terms; undefined for every other symbol, which is then not traded. */
export const readUsdmRules = (info: unknown): MarketRules | undefined => {
  try {
    const { symbol, status, baseAsset, quoteAsset, quotePrecision, filters } = symbolInfo.parse(info);
    return {
      symbol,
      baseAsset,
      quoteAsset,
      trading: status === 'TRADING',
      takesQuoteAmount: false,
      quotePlaces: quotePrecision,
      lots: lotsOf(filters),
      notional: notionalOf(filters),
    };
  } catch {
    return undefined;
  }
};
