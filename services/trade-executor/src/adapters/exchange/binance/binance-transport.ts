import { binance } from 'ccxt';
import { bindAccounts } from '../account-binding.js';
import { clientSettings, connectClient } from '../ccxt-client.js';
import type { VenueOptions } from '../venue.js';
import { binanceWire } from './binance-wire.js';

export type BinanceMarket = 'spot' | 'linear';

/** A client of one market: keyless, or the one that everybody's signed requests go through. */
export const createBinanceClient = async (options: VenueOptions, market: BinanceMarket, signed: boolean): Promise<binance> => {
  const own = { fetchMarkets: { types: [market] }, fetchCurrencies: false, fetchMargins: false };
  const client = bindAccounts(new binance(clientSettings(options, signed, own)), binanceWire);
  if (options.environment === 'testnet') client.setSandboxMode(true);
  return connectClient(client, options);
};
