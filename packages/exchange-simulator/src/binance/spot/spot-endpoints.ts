import { createSpotEngine } from '../../core/spot-engine.js';
import type { World } from '../../core/world.js';
import type { Endpoint } from '../endpoint.js';
import type { BinanceLimits } from '../ip-limits.js';
import { createOrderCounts, spotWindows } from '../order-counts.js';
import { accountCommission, accountInfo, orderRateLimit } from './account-info.js';
import { cancelOpenOrders, cancelOrder } from './cancel-order.js';
import { exchangeInfo } from './exchange-info.js';
import { klines } from './klines.js';
import { marketData } from './market-data.js';
import { placeOrder, testOrder } from './place-order.js';
import type { SpotParts } from './spot-parts.js';
import { publicTrades } from './public-trades.js';
import { allOrders, myTrades, openOrders, queryOrder } from './query-orders.js';
import { createSpotMarkets } from './spot-markets.js';
import { SimulatorError } from '../../core/simulator-error.js';

export const createSpotParts = (world: World, limits: BinanceLimits): SpotParts => {
  const { clock, ids, prices, book, accounts } = world;
  const markets = createSpotMarkets(prices);
  const counts = createOrderCounts(clock, spotWindows(limits.orders));
  const engine = createSpotEngine({
    clock,
    ids,
    prices,
    book: book.of('spot'),
    walletOf: (apiKey) => {
      const account = accounts.find(apiKey);
      if (account === undefined)
        throw new SimulatorError('internal_error', `an order belongs to "${apiKey}", which has no account`);
      return account.wallets.spot;
    },
    rules: { exchange: 'binance', clientIds: 'open-only', postOnly: 'refuse' },
    onAccepted: ({ apiKey }) => counts.accepted(apiKey),
    onFirstFill: ({ apiKey, fills }) => counts.firstFill(apiKey, fills.at(0)?.maker ?? false),
  });
  return { world, markets, engine, counts };
};

/** Binance spot, `/api/v3`. */
export const spotEndpoints = (parts: SpotParts, limits: BinanceLimits): readonly Endpoint[] => {
  const { world, markets } = parts;
  return [
    ...marketData(world, markets),
    ...publicTrades(world, markets),
    klines(world, markets, '/api/v3/klines'),
    klines(world, markets, '/api/v3/uiKlines'),
    exchangeInfo(markets, limits),
    placeOrder(parts),
    testOrder(parts),
    cancelOrder(parts),
    cancelOpenOrders(parts),
    queryOrder(parts),
    openOrders(parts),
    allOrders(parts),
    myTrades(parts),
    accountInfo(parts),
    accountCommission(parts),
    orderRateLimit(parts),
  ];
};
