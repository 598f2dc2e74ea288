import { decimal } from '@latchkey/kernel';
import { createLinearEngine } from '../../core/linear-engine.js';
import type { Asset } from '../../core/names.js';
import { SimulatorError } from '../../core/simulator-error.js';
import type { World } from '../../core/world.js';
import type { Endpoint } from '../endpoint.js';
import type { UsdmLimits } from '../ip-limits.js';
import { createOrderCounts, usdmWindows } from '../order-counts.js';
import { algoEndpoints } from './algo/algo-endpoints.js';
import { createAlgoEngine } from './algo/algo-engine.js';
import { usdmConfig } from './account-config.js';
import { usdmAccount } from './account-info.js';
import { usdmCancels } from './cancel-order.js';
import { usdmExchangeInfo } from './exchange-info.js';
import { maxNotional } from './leverage-brackets.js';
import { listenKeyEndpoints } from './listen-key-endpoints.js';
import { createListenKeys } from './listen-keys.js';
import { usdmMarketData } from './market-data.js';
import { placeUsdmOrder, testUsdmOrder } from './place-order.js';
import { usdmQueries } from './query-orders.js';
import { usdmSettings } from './settings.js';
import { createUsdmMarkets } from './usdm-markets.js';
import { feeRates, type UsdmParts } from './usdm-parts.js';

export const createUsdmParts = (world: World, limits: UsdmLimits): UsdmParts => {
  const { clock, ids, prices, accounts } = world;
  const markets = createUsdmMarkets(prices);
  const counts = createOrderCounts(clock, usdmWindows(limits.orders));
  const book = world.book.of('linear');
  const engine = createLinearEngine({
    clock,
    ids,
    prices,
    book,
    holderOf: (apiKey) => {
      const account = accounts.find(apiKey);
      if (account === undefined)
        throw new SimulatorError('internal_error', `an order belongs to "${apiKey}", which has no account`);
      return { wallet: account.wallets.linear, linear: account.linear };
    },
    rules: {
      exchange: 'binance',
      clientIds: 'open-only',
      postOnly: 'refuse',
      fees: { maker: decimal(feeRates.maker), taker: decimal(feeRates.taker) },
      settlesIn: 'USDT' as Asset,
      reduceOnlyExcess: 'keep',
      maxNotional: (symbol, leverage) => maxNotional(markets.of(symbol).rules.brackets, leverage),
    },
    // A conditional order has counted already when its order enters.
    onAccepted: ({ apiKey, algoId }) => {
      if (algoId === undefined) counts.accepted(apiKey);
    },
  });
  return { world, markets, book, engine, counts, listenKeys: createListenKeys(world), algo: createAlgoEngine({ world, engine }) };
};

/** Binance USDⓈ-M futures, `/fapi`. */
export const usdmEndpoints = (parts: UsdmParts, limits: UsdmLimits): readonly Endpoint[] => {
  const { world, markets } = parts;
  const endpoints: readonly Endpoint[] = [
    ...usdmMarketData(world, markets),
    usdmExchangeInfo(markets, limits),
    placeUsdmOrder(parts),
    testUsdmOrder(parts),
    ...usdmCancels(parts),
    ...algoEndpoints(parts),
    ...usdmQueries(parts),
    ...usdmAccount(parts),
    ...usdmConfig(parts),
    ...usdmSettings(parts),
    ...listenKeyEndpoints(parts),
  ];
  // Whether USDM refuses unknown parameters is not documented. ccxt lets some of its own slip into reads, so those pass; a change that
  // says more than the venue understands is worth hearing about.
  return endpoints.map((endpoint) =>
    endpoint.method === 'GET' && endpoint.security !== 'key' ? { ...endpoint, passesUnknown: true } : endpoint,
  );
};
