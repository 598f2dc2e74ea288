import type { Fill, Order } from '../../core/order.js';
import type { World } from '../../core/world.js';
import { json, type PublicEndpoint } from '../endpoint.js';
import { amount } from './order-wire.js';
import type { SpotMarkets } from './spot-markets.js';

const defaultCount = 500;
const maxCount = 1_000;

type Trade = { readonly order: Order; readonly fill: Fill };

/** The buyer waited in the book when a buy filled as maker, or a sell as taker. */
const buyerWasMaker = ({ order, fill }: Trade): boolean => (order.side === 'buy') === fill.maker;

const tradeWire = (trade: Trade): object => ({
  id: trade.fill.tradeId,
  price: amount(trade.fill.price),
  qty: amount(trade.fill.quantity),
  quoteQty: amount(trade.fill.quote),
  time: trade.fill.atMs,
  isBuyerMaker: buyerWasMaker(trade),
  isBestMatch: true,
});

/** Every fill met the endless market and nobody else, so an aggregate is one trade. */
const aggregateWire = (trade: Trade): object => ({
  a: trade.fill.tradeId,
  p: amount(trade.fill.price),
  q: amount(trade.fill.quantity),
  f: trade.fill.tradeId,
  l: trade.fill.tradeId,
  T: trade.fill.atMs,
  m: buyerWasMaker(trade),
  M: true,
});

const listOf = (
  { book }: World,
  markets: SpotMarkets,
  path: string,
  weight: number,
  show: (trade: Trade) => object,
): PublicEndpoint => ({
  method: 'GET',
  path,
  security: 'none',
  weight,
  read: (params) => {
    const { symbol } = markets.required(params);
    const limit = Math.min(params.integer('limit') ?? defaultCount, maxCount);
    const fromId = params.integer('fromId');
    const startMs = params.integer('startTime') ?? 0;
    const endMs = params.integer('endTime') ?? Number.MAX_SAFE_INTEGER;
    return () => {
      const trades = book
        .of('spot')
        .all()
        .filter(({ exchange, pair }) => exchange === 'binance' && pair.symbol === symbol)
        .flatMap((order) => order.fills.map((fill) => ({ order, fill })))
        .filter(({ fill }) => fill.tradeId >= (fromId ?? 0) && fill.atMs >= startMs && fill.atMs <= endMs)
        .sort((a, b) => a.fill.tradeId - b.fill.tradeId);
      return json((fromId === undefined ? trades.slice(-limit) : trades.slice(0, limit)).map(show));
    };
  },
});

/** The market's own trades: what the accounts of this simulation bought and sold. */
export const publicTrades = (world: World, markets: SpotMarkets): readonly PublicEndpoint[] => [
  listOf(world, markets, '/api/v3/trades', 25, tradeWire),
  listOf(world, markets, '/api/v3/historicalTrades', 25, tradeWire),
  listOf(world, markets, '/api/v3/aggTrades', 4, aggregateWire),
];
