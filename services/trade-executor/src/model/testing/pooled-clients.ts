import type { VenueOptions } from '../../adapters/exchange/venue.js';
import type { createBinanceClient } from '../../adapters/exchange/binance/binance-transport.js';
import type { createBybitClient } from '../../adapters/exchange/bybit/bybit-transport.js';
import { currentProcess } from './virtual-time.js';

type Client = Awaited<ReturnType<typeof createBinanceClient>> | Awaited<ReturnType<typeof createBybitClient>>;
type Forgetful = {
  markets?: unknown;
  markets_by_id?: unknown;
  marketsLoading?: unknown;
  reloadingMarkets?: unknown;
  loadProxyModules: () => Promise<void>;
};

/**
 * A ccxt client costs 5 to 10 ms, which is most of a seed. Nothing of an account stays in one, so those of a process that is gone serve the
 * next; what a keyless client remembers of markets is forgotten.
 */
const free = new Map<string, Client[]>();
const lent = new Map<object, { readonly kind: string; readonly client: Client }[]>();

const lend = async <Of extends Client>(kind: string, create: () => Promise<Of>): Promise<Of> => {
  const client = (free.get(kind)?.pop() as Of | undefined) ?? (await create());
  const forgetful = client as unknown as Forgetful;
  Object.assign(forgetful, { markets: undefined, markets_by_id: undefined, marketsLoading: undefined, reloadingMarkets: false });
  // Otherwise the first request would load modules, in real time.
  await forgetful.loadProxyModules();
  const time = currentProcess()?.time;
  if (time) lent.set(time, [...(lent.get(time) ?? []), { kind, client }]);
  return client;
};

/** The run is over: whatever still waits for an answer of these clients waits for ever. */
export const takeClientsBack = (time: object): void => {
  for (const { kind, client } of lent.get(time) ?? []) free.set(kind, [...(free.get(kind) ?? []), client]);
  lent.delete(time);
};

/** Modules as a spec's `vi.mock` puts them in the place of the real ones. */
export const pooledBinance = (real: { readonly createBinanceClient: typeof createBinanceClient }) => ({
  createBinanceClient: (options: VenueOptions, market: Parameters<typeof createBinanceClient>[1], signed: boolean) =>
    lend(`binance/${market}/${signed}`, () => real.createBinanceClient(options, market, signed)),
});
export const pooledBybit = (real: { readonly createBybitClient: typeof createBybitClient }) => ({
  createBybitClient: (options: VenueOptions, signed: boolean) =>
    lend(`bybit/${signed}`, () => real.createBybitClient(options, signed)),
});
