import { decimalString } from '@latchkey/contracts';
import { divide, isPositive, decimal, toFixedPlaces, type Decimal } from '@latchkey/kernel';
import { z } from 'zod';
import type { MarketRules } from '../../../domain/sizing/market-rules.js';
import type { OrderSnapshot } from '../../../domain/trade/commands.js';
import type { Fill } from '../../../domain/trade/events.js';
import { binanceFilters, lotsOf, on, type BinanceFilters } from './binance-filters.js';
import { binanceOrderStatus, binanceSide, endingOf, sideOf } from './binance-order-status.js';

// Ids come as numbers, or as text where ccxt saved digits that a number would lose.
const id = z.union([z.string(), z.number()]).transform(String);
const whole = z.union([z.number(), z.string()]).transform(Number);
const instantOf = (ms: number): string => new Date(ms).toISOString();

const orderFields = {
  orderId: id,
  clientOrderId: z.string(),
  status: binanceOrderStatus,
  side: binanceSide,
  origQty: decimalString,
  executedQty: decimalString,
  cummulativeQuoteQty: decimalString,
};

/** The answer to a new order with `newOrderRespType=FULL`. */
const placedOrder = z.object({
  ...orderFields,
  transactTime: whole,
  fills: z.array(
    z.object({ tradeId: id, price: decimalString, qty: decimalString, commission: decimalString, commissionAsset: z.string() }),
  ),
});
const queriedOrder = z.object(orderFields);
const ownTrade = z.object({
  id,
  orderId: id,
  price: decimalString,
  qty: decimalString,
  commission: decimalString,
  commissionAsset: z.string(),
  time: whole,
});
const ownTrades = z.array(ownTrade);

const averagePlaces = 12;

const snapshotOf = (order: z.output<typeof queriedOrder>, fills: readonly Fill[]): OrderSnapshot => {
  const filled = decimal(order.executedQty);
  const average = isPositive(filled)
    ? decimal(toFixedPlaces(divide(decimal(order.cummulativeQuoteQty), filled), averagePlaces))
    : undefined;
  return {
    orderId: order.orderId,
    ...endingOf(order.status, filled),
    ...sideOf(order.side),
    // An order in quote units has no quantity until it was matched.
    ...(isPositive(order.origQty) && { amount: decimal(order.origQty) }),
    filled,
    ...(average !== undefined && { averagePrice: average }),
    fills,
  };
};

/** The order of an answer, or undefined when the body is none: then the outcome is unknown. */
export const readPlacedOrder = (body: unknown, clientOrderId: string): OrderSnapshot | undefined => {
  const parsed = placedOrder.safeParse(body);
  if (!parsed.success || parsed.data.clientOrderId !== clientOrderId) return undefined;
  const { orderId, transactTime } = parsed.data;
  const at = instantOf(transactTime);
  const fills = parsed.data.fills.map(({ tradeId, price, qty, commission, commissionAsset }) => ({
    orderId,
    fillId: tradeId,
    amount: decimal(qty),
    price: decimal(price),
    fee: decimal(commission),
    feeAsset: commissionAsset,
    at,
  }));
  return snapshotOf(parsed.data, fills);
};

export const readQueriedOrder = (body: unknown, clientOrderId: string): OrderSnapshot | undefined => {
  const parsed = queriedOrder.safeParse(body);
  return parsed.success && parsed.data.clientOrderId === clientOrderId ? snapshotOf(parsed.data, []) : undefined;
};

export const readFills = (body: unknown): readonly Fill[] | undefined => {
  const parsed = ownTrades.safeParse(body);
  return parsed.data?.map((trade) => ({
    orderId: trade.orderId,
    fillId: trade.id,
    amount: decimal(trade.qty),
    price: decimal(trade.price),
    fee: decimal(trade.commission),
    feeAsset: trade.commissionAsset,
    at: instantOf(trade.time),
  }));
};

const notionalFilter = z.object({
  minNotional: decimalString,
  applyMinToMarket: z.boolean(),
  maxNotional: decimalString,
  applyMaxToMarket: z.boolean(),
});
const minNotionalFilter = z.object({ minNotional: decimalString, applyToMarket: z.boolean() });

const symbolInfo = z.object({
  symbol: z.string(),
  status: z.string(),
  baseAsset: z.string(),
  quoteAsset: z.string(),
  quoteAssetPrecision: z.number().default(8),
  isSpotTradingAllowed: z.boolean().default(true),
  filters: binanceFilters,
});

const notionalOf = (filters: BinanceFilters): MarketRules['notional'] => {
  const both = filters.find(({ filterType }) => filterType === 'NOTIONAL');
  if (both) {
    const { minNotional, applyMinToMarket, maxNotional, applyMaxToMarket } = notionalFilter.parse(both);
    return { ...(applyMinToMarket && on('min', minNotional)), ...(applyMaxToMarket && on('max', maxNotional)) };
  }
  const min = filters.find(({ filterType }) => filterType === 'MIN_NOTIONAL');
  if (!min) return {};
  const { minNotional, applyToMarket } = minNotionalFilter.parse(min);
  return applyToMarket ? on('min', minNotional) : {};
};

/** What `exchangeInfo` says of one symbol, in our terms; undefined for a symbol whose rules we cannot read, which is then not traded. */
export const readMarketRules = (info: unknown): MarketRules | undefined => {
  try {
    const { symbol, status, baseAsset, quoteAsset, quoteAssetPrecision, isSpotTradingAllowed, filters } = symbolInfo.parse(info);
    return {
      symbol,
      baseAsset,
      quoteAsset,
      trading: status === 'TRADING' && isSpotTradingAllowed,
      takesQuoteAmount: true,
      quotePlaces: quoteAssetPrecision,
      lots: lotsOf(filters),
      notional: notionalOf(filters),
    };
  } catch {
    return undefined;
  }
};

const balances = z.object({ balances: z.array(z.object({ asset: z.string(), free: decimalString })) });

/** What is free of an asset; the account's answer leaves out what it has nothing of. */
export const readFree = (body: unknown, asset: string): Decimal | undefined => {
  const parsed = balances.safeParse(body);
  return parsed.success ? decimal(parsed.data.balances.find((one) => one.asset === asset)?.free ?? '0') : undefined;
};

// Made once: a schema that is made for each answer costs more than reading it.
const serverTime = z.object({ serverTime: whole });
const tickerPrice = z.object({ price: decimalString });

export const readServerTime = (body: unknown): number | undefined => serverTime.safeParse(body).data?.serverTime;
export const readPrice = (body: unknown): Decimal | undefined => {
  const price = tickerPrice.safeParse(body).data?.price;
  return price === undefined ? undefined : decimal(price);
};

const exchangeInfo = z.object({
  symbols: z.array(z.unknown()),
  // Figures that are not told, or not like this, stay as documented.
  rateLimits: z.array(z.object({ rateLimitType: z.string(), interval: z.string(), intervalNum: whole, limit: whole })).catch([]),
});

/** The symbols, and the venue's own limits. @throws {ZodError} it is no list of symbols */
export const readExchangeInfo = (body: unknown) => exchangeInfo.parse(body);
