import type { Brand } from '@latchkey/kernel';

/** The public half of a credential; also how the simulator tells accounts apart (one key per account). */
export type ApiKey = Brand<string, 'ApiKey'>;
/** `BTC`, `USDT`. */
export type Asset = Brand<string, 'Asset'>;
/** The venue's own writing of a market: `BTCUSDT`. */
export type MarketSymbol = Brand<string, 'MarketSymbol'>;
/** The venue's number of an order; grows with time. */
export type OrderId = Brand<number, 'OrderId'>;

/** Venues the simulator knows by name; whether one is served is the control API's business. */
export const exchanges = ['binance', 'bybit'] as const;
export type Exchange = (typeof exchanges)[number];

export type Environment = 'live' | 'testnet';
