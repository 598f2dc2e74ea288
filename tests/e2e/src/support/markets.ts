import { randomBytes } from 'node:crypto';

/** A market of an exchange, as a follower names it. */
export type Market = { readonly exchange: 'binance' | 'bybit'; readonly marketType: 'spot' | 'linear' };

export const binanceSpot = { exchange: 'binance', marketType: 'spot' } as const satisfies Market;

export const markets: readonly Market[] = [
  binanceSpot,
  { exchange: 'binance', marketType: 'linear' },
  { exchange: 'bybit', marketType: 'spot' },
  { exchange: 'bybit', marketType: 'linear' },
];

const lengths = { binance: { apiKey: 64, apiSecret: 64 }, bybit: { apiKey: 18, apiSecret: 36 } } as const;

const letters = (length: number): string =>
  randomBytes(length)
    .toString('base64')
    .replace(/[^A-Za-z0-9]/g, 'x')
    .slice(0, length);

/** A key pair as the exchange would give out. */
export const keyPairOf = ({ exchange }: Market): { readonly apiKey: string; readonly apiSecret: string } => ({
  apiKey: letters(lengths[exchange].apiKey),
  apiSecret: letters(lengths[exchange].apiSecret),
});

/** Where a client of that market posts its orders. */
export const orderPathOf = ({ exchange, marketType }: Market): string => {
  if (exchange === 'bybit') return '/v5/order/create';
  return marketType === 'spot' ? '/api/v3/order' : '/fapi/v1/order';
};

/** About 50 USDT an alert; contracts have coarser steps than coins, and are sized in coins. */
export const sizingOf = ({ marketType }: Market) =>
  marketType === 'spot' ? { mode: 'quote_amount', value: '50' } : { mode: 'base_amount', value: '0.001' };

/** Single fills on USDM are asked for while an order is open only: a closed one tells its average, and users share the limit. */
export const namesFills = ({ exchange, marketType }: Market): boolean => exchange !== 'binance' || marketType === 'spot';
