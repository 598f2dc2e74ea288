import type { bybit } from 'ccxt';
import { bindAccounts } from '../account-binding.js';
import { clientSettings, connectClient } from '../ccxt-client.js';
import type { VenueOptions } from '../venue.js';
import { apiKeyMark, bybitWire, CheckedBybit } from './bybit-wire.js';

/**
 * What ccxt would otherwise ask the first account for and keep for everybody. Its values do not matter here: we call the venue's endpoints
 * by their own names, which are the same for unified and classic accounts; being set, they are never asked for.
 */
const accountState = { enableUnifiedMargin: false, enableUnifiedAccount: true, unifiedMarginStatus: 6 };

/** A client of spot and linear: keyless, or the one that everybody's signed requests go through. */
export const createBybitClient = async (options: VenueOptions, signed: boolean): Promise<bybit> => {
  const settings = clientSettings(options, signed, { ...accountState, brokerId: 'latchkey', fetchCurrencies: false });
  const client = bindAccounts(new CheckedBybit({ ...settings, ...(signed && { apiKey: apiKeyMark }) }), bybitWire);
  if (options.environment === 'testnet') client.setSandboxMode(true);
  return connectClient(client, options);
};
