import { compare, decimal, decimalPlaces, divide, isAppError, roundDownToStep, type Decimal } from '@latchkey/kernel';
import { paramsOf } from './binance/params.js';
import { symbolInfo } from './binance/spot/exchange-info.js';
import { brokenFilter } from './binance/spot/filters.js';
import { readOrderRequest as readSpotOrder } from './binance/spot/order-params.js';
import type { SpotMarket } from './binance/spot/spot-markets.js';
import { usdmSymbolInfo } from './binance/usdm/exchange-info.js';
import { brokenUsdmFilter } from './binance/usdm/filters.js';
import { bracketTables } from './binance/usdm/leverage-brackets.js';
import { readUsdmOrder } from './binance/usdm/order-params.js';
import type { UsdmMarket } from './binance/usdm/usdm-markets.js';
import type { LinearMarket, SpotMarket as BybitSpotMarket } from './bybit/market/bybit-markets.js';
import { linearInstrument, spotInstrument } from './bybit/market/instruments.js';
import { checkOrder } from './bybit/order/order-checks.js';
import { readOrderRequest } from './bybit/order/order-params.js';
import { readParams } from './bybit/params.js';
import type { Exchange } from './core/names.js';
import type { Market } from './core/order.js';
import type { Pair } from './core/prices.js';

/** A market's rules as all venues have them. */
export type JudgedRules = {
  readonly step: Decimal;
  readonly minQuantity: Decimal;
  readonly maxQuantity: Decimal;
  readonly maxMarketQuantity: Decimal;
  readonly minValue: Decimal;
  /** The smallest step of an amount to spend, where the venue takes one and has such a step. */
  readonly quoteStep: Decimal;
};

/** A market order as our own API would name it; the judge writes it in the venue's names. */
export type JudgedOrder = { readonly side: 'buy' | 'sell' } & (
  | { readonly amount: string; readonly quoteAmount?: never }
  | { readonly amount?: never; readonly quoteAmount: string }
);

export type FilterJudge = {
  /** The market as the venue lists it, for whoever reads its rules from there. */
  readonly listing: unknown;
  /** What the venue's reader and its filters say to the order; undefined: neither refuses it. */
  readonly refusal: (order: JudgedOrder, price: Decimal) => string | undefined;
};

const pair = { symbol: 'BTCUSDT', base: 'BTC', quote: 'USDT' } as Pair;
const huge = decimal('1e30');
const tiny = decimal('0.00000001');
const nothingOpen = { orders: 0, conditional: 0 };

/** The engine finds the quantity of an amount to spend, and refuses one that is less than a lot. */
const buysTooLittle = (budget: Decimal, price: Decimal, { step, minQuantity }: JudgedRules): boolean =>
  compare(roundDownToStep(divide(budget, price), step), minQuantity) < 0;

const refused = (check: () => string | undefined): string | undefined => {
  try {
    return check();
  } catch (error) {
    if (isAppError(error)) return error.message;
    throw error;
  }
};

const binanceSpot = (rules: JudgedRules): FilterJudge => {
  const market: SpotMarket = {
    ...pair,
    rules: {
      tickSize: tiny,
      minPrice: tiny,
      maxPrice: huge,
      stepSize: rules.step,
      minQuantity: rules.minQuantity,
      maxQuantity: rules.maxQuantity,
      maxMarketQuantity: rules.maxMarketQuantity,
      minNotional: rules.minValue,
      maxNotional: huge,
      bandUp: decimal('5'),
      bandDown: decimal('0.2'),
      maxOpenOrders: 200,
      maxConditionalOrders: 5,
    },
  };
  const markets = { all: [market], required: () => market, optional: () => market, selected: () => [market] };
  return {
    listing: symbolInfo(market),
    refusal: ({ side, amount, quoteAmount }, price) =>
      refused(() => {
        const size: readonly [string, string] = amount === undefined ? ['quoteOrderQty', quoteAmount] : ['quantity', amount];
        const params = paramsOf(new Map([['side', side.toUpperCase()], ['type', 'MARKET'], size]));
        const request = readSpotOrder(params, markets);
        params.assertAllRead();
        const { size: read } = request;
        if ('quoteBudget' in read && buysTooLittle(read.quoteBudget, price, rules)) return 'LOT_SIZE';
        return brokenFilter({ ...request, ...read }, market.rules, price, nothingOpen);
      }),
  };
};

const binanceUsdm = (rules: JudgedRules): FilterJudge => {
  const market: UsdmMarket = {
    ...pair,
    rules: {
      tickSize: tiny,
      minPrice: tiny,
      maxPrice: huge,
      stepSize: rules.step,
      maxQuantity: rules.maxQuantity,
      maxMarketQuantity: rules.maxMarketQuantity,
      minNotional: rules.minValue,
      multiplierUp: decimal('1.05'),
      multiplierDown: decimal('0.95'),
      pricePrecision: 8,
      quantityPrecision: decimalPlaces(rules.step),
      maxOpenOrders: 200,
      brackets: bracketTables.large,
    },
  };
  const markets = { all: [market], of: () => market, required: () => market, optional: () => market };
  return {
    listing: usdmSymbolInfo(market),
    refusal: ({ side, amount }, price) =>
      refused(() => {
        if (amount === undefined) return 'an amount to spend is not taken';
        const sent = { side: side.toUpperCase(), type: 'MARKET', quantity: amount, positionSide: 'BOTH' };
        const params = paramsOf(new Map(Object.entries(sent)));
        const request = readUsdmOrder(params, markets);
        params.assertAllRead();
        const context = { lastPrice: price, markPrice: price, openOrders: 0, closing: false };
        return brokenUsdmFilter(request, context)?.message;
      }),
  };
};

const bybit = (category: Market, rules: JudgedRules): FilterJudge => {
  const own = {
    tickSize: tiny,
    step: rules.step,
    minQuantity: rules.minQuantity,
    maxQuantity: rules.maxQuantity,
    maxMarketQuantity: rules.maxMarketQuantity,
    minValue: rules.minValue,
  };
  const bounds = { priceScale: 8, minPrice: tiny, maxPrice: huge, maxLeverage: decimal('100'), riskLimitValue: huge };
  const spot: BybitSpotMarket = {
    ...pair,
    category: 'spot',
    symbolId: 1,
    rules: { ...own, quoteStep: rules.quoteStep, maxValue: huge },
  };
  const linear: LinearMarket = { ...pair, category: 'linear', symbolId: 2, rules: { ...own, ...bounds } };
  const market = category === 'spot' ? spot : linear;
  const markets = { required: () => market, optional: () => market } as unknown as Parameters<typeof readOrderRequest>[2];
  // A market order without a trigger is read without a look at the market.
  const prices = {} as Parameters<typeof readOrderRequest>[3];
  return {
    listing: category === 'spot' ? spotInstrument(spot) : linearInstrument(linear),
    refusal: ({ side, amount, quoteAmount }, price) =>
      refused(() => {
        const unit = category === 'spot' && { marketUnit: amount === undefined ? 'quoteCoin' : 'baseCoin' };
        const qty = amount ?? quoteAmount;
        const body = { category, side: side === 'buy' ? 'Buy' : 'Sell', orderType: 'Market', qty, ...unit };
        const request = readOrderRequest(readParams('POST', '', JSON.stringify(body)), category, markets, prices);
        checkOrder(request, price);
        return quoteAmount !== undefined && buysTooLittle(request.qty, price, rules) ? 'Order quantity is too small' : undefined;
      }),
  };
};

/** The venues' own words on a market order, without an account or a book: for specs that size orders by rules that no real market has. */
export const judgeOfFilters = (exchange: Exchange, market: Market, rules: JudgedRules): FilterJudge => {
  if (exchange === 'bybit') return bybit(market, rules);
  return market === 'spot' ? binanceSpot(rules) : binanceUsdm(rules);
};
