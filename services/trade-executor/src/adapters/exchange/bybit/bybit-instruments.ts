import { decimalString, type MarketType } from '@latchkey/contracts';
import { decimal, toFixedPlaces, type Decimal } from '@latchkey/kernel';
import type { bybit } from 'ccxt';
import { z } from 'zod';
import type { MarketRules } from '../../../domain/sizing/market-rules.js';
import { ExchangeError } from '../exchange-error.js';
import type { SignedRequests } from '../signed-requests.js';
import { bound, decimalOrNone, readResult } from './bybit-envelope.js';

// Other instruments (spreads, dated futures) have punctuation in their names; the vault signs no order for them.
const symbol = z.string().regex(/^[A-Z0-9]{2,30}$/);

const spotInstrument = z.object({
  symbol,
  status: z.string(),
  baseCoin: z.string(),
  quoteCoin: z.string(),
  // Not minOrderQty, maxOrderQty and maxOrderAmt: the venue calls them deprecated.
  lotSizeFilter: z.object({
    basePrecision: decimalString,
    quotePrecision: decimalString,
    minOrderAmt: decimalOrNone,
    maxMarketOrderQty: decimalOrNone,
  }),
});

const linearInstrument = z.object({
  symbol,
  status: z.string(),
  contractType: z.literal('LinearPerpetual'),
  baseCoin: z.string(),
  quoteCoin: z.string(),
  settleCoin: z.string(),
  leverageFilter: z.object({ maxLeverage: decimalString }).optional(),
  lotSizeFilter: z.object({
    qtyStep: decimalString,
    minOrderQty: decimalOrNone,
    maxMktOrderQty: decimalOrNone,
    minNotionalValue: decimalOrNone,
  }),
});

const placesOf = (step: Decimal): number => step.split('.')[1]?.length ?? 0;
/** Leverage is set in whole numbers here. */
const wholeOf = (value: Decimal): number => Number(toFixedPlaces(value, 0));
const isTrading = ({ status }: { readonly status: string }): boolean => status === 'Trading';

const readSpot = (info: unknown): MarketRules | undefined => {
  const read = spotInstrument.safeParse(info);
  if (!read.success) return undefined;
  const { lotSizeFilter, ...one } = read.data;
  const { basePrecision, quotePrecision, minOrderAmt, maxMarketOrderQty } = lotSizeFilter;
  return {
    symbol: one.symbol,
    baseAsset: one.baseCoin,
    quoteAsset: one.quoteCoin,
    trading: isTrading(one),
    takesQuoteAmount: true,
    quotePlaces: placesOf(decimal(quotePrecision)),
    lots: [{ ...bound('step', decimal(basePrecision)), ...bound('max', maxMarketOrderQty) }],
    notional: bound('min', minOrderAmt),
  };
};

const readLinear = (info: unknown): MarketRules | undefined => {
  const read = linearInstrument.safeParse(info);
  if (!read.success || read.data.settleCoin !== read.data.quoteCoin) return undefined;
  const { lotSizeFilter, ...one } = read.data;
  const { qtyStep, minOrderQty, maxMktOrderQty, minNotionalValue } = lotSizeFilter;
  return {
    symbol: one.symbol,
    baseAsset: one.baseCoin,
    quoteAsset: one.quoteCoin,
    trading: isTrading(one),
    takesQuoteAmount: false,
    quotePlaces: 0,
    lots: [{ ...bound('min', minOrderQty), ...bound('max', maxMktOrderQty), ...bound('step', decimal(qtyStep)) }],
    notional: bound('min', minNotionalValue),
    ...(one.leverageFilter && { maxLeverage: wholeOf(decimal(one.leverageFilter.maxLeverage)) }),
  };
};

const readers: Readonly<Record<MarketType, (info: unknown) => MarketRules | undefined>> = { spot: readSpot, linear: readLinear };

/** What cannot be read (another kind of contract) is no market of ours. */
export const readInstrument = (category: MarketType, info: unknown): MarketRules | undefined => readers[category](info);

const page = z.object({ list: z.array(z.unknown()), nextPageCursor: z.string().optional() });
const pageSize = '1000';
// Far more than there are instruments: a venue that always names a next page must not keep us for ever.
const maxPages = 50;

/** The rules of all symbols of a market. @throws {ExchangeError} `exchange.answer_unreadable`, and what ccxt throws when the venue is away */
export const loadInstruments = async (
  client: bybit,
  category: MarketType,
  { open }: Pick<SignedRequests, 'open'>,
): Promise<readonly MarketRules[]> => {
  const rules: MarketRules[] = [];
  let cursor: string | undefined;
  for (let pages = 0; pages < maxPages; pages += 1) {
    const params = { category, limit: pageSize, ...(cursor && { cursor }) };
    const read = readResult(await open('markets', () => client.publicGetV5MarketInstrumentsInfo(params)), page);
    if (!read) throw new ExchangeError('exchange.answer_unreadable', 'the exchange answered no list of instruments');
    rules.push(...read.list.flatMap((info) => readInstrument(category, info) ?? []));
    cursor = read.nextPageCursor;
    if (!cursor) break;
  }
  return rules;
};

const ticker = z.object({ list: z.array(z.object({ symbol: z.string(), lastPrice: decimalString })) });

/** The last price. */
export const askPrice = async (client: bybit, category: MarketType, of: string): Promise<Decimal | undefined> => {
  const read = readResult(await client.publicGetV5MarketTickers({ category, symbol: of }), ticker);
  const found = read?.list.find((one) => one.symbol === of);
  return found && decimal(found.lastPrice);
};
