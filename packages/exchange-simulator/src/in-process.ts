import { add, decimal, sum, zero, type Decimal } from '@latchkey/kernel';
import type { z } from 'zod';
import { createBinance } from './binance/binance-venue.js';
import { documentedLimits } from './binance/ip-limits.js';
import { orderLinkIdOf, wireOrderId } from './bybit/order-id.js';
import { createBybit } from './bybit/bybit-venue.js';
import { documentedBybitLimits } from './bybit/limits.js';
import { accountChange, accountDraft } from './control/control-requests.js';
import { faultDraft } from './control/fault-draft.js';
import { accountBody, accountChangeBody, faultBody } from './control/schemas.js';
import type { SimClock } from './core/clock.js';
import type { Asset, Exchange } from './core/names.js';
import { executedQuantity, type Market, type Order, type OrderSide, type OrderStatus } from './core/order.js';
import type { Venue } from './core/venue-edge.js';
import type { StatsView } from './core/stats.js';
import { SimulatorError } from './core/simulator-error.js';
import { createWorld } from './core/world.js';
import type { SimulatorOptions } from './start-simulator.js';

/** An order as the venue's book has it. */
export type BookedOrder = {
  readonly exchange: Exchange;
  readonly market: Market;
  readonly apiKey: string;
  readonly symbol: string;
  readonly side: OrderSide;
  readonly status: OrderStatus;
  readonly clientOrderId: string;
  readonly orderId: string;
  readonly reduceOnly: boolean;
  readonly executed: Decimal;
  readonly acceptedAtMs: number;
  readonly fills: readonly { readonly atMs: number; readonly quantity: Decimal; readonly feeInBase: Decimal }[];
};

/** Simulated venues without sockets: requests go in and replies come out in this process, on the caller's clock. */
export type VenuesInProcess = Readonly<Record<Exchange, Venue>> & {
  readonly openAccount: (body: z.input<typeof accountBody>) => void;
  readonly changeAccount: (apiKey: string, body: z.input<typeof accountChangeBody>) => void;
  readonly setPrice: (symbol: string, price: string) => void;
  readonly fault: (body: z.input<typeof faultBody>) => void;
  /** Faults that have not happened yet never will. */
  readonly clearFaults: () => void;
  readonly book: () => readonly BookedOrder[];
  /** Base units of the net position; below zero is short. */
  readonly position: (apiKey: string, symbol: string) => Decimal;
  /** Free and reserved units of one asset. */
  readonly balance: (apiKey: string, market: Market, asset: string) => Decimal;
  readonly stats: () => StatsView;
};

const booked = (order: Order): BookedOrder => ({
  exchange: order.exchange,
  market: order.market,
  apiKey: order.apiKey,
  symbol: order.pair.symbol,
  side: order.side,
  status: order.status,
  clientOrderId: order.exchange === 'bybit' ? orderLinkIdOf(order) : order.clientOrderId,
  orderId: order.exchange === 'bybit' ? wireOrderId(order.orderId) : String(order.orderId),
  reduceOnly: order.linear?.reduceOnly ?? false,
  executed: executedQuantity(order),
  acceptedAtMs: order.acceptedAtMs,
  fills: order.fills.map(({ atMs, quantity, fee, feeAsset }) => ({
    atMs,
    quantity,
    feeInBase: feeAsset === order.pair.base ? fee : zero,
  })),
});

/** @param options as of `startSimulator`; the clock is the caller's own, and moves only as the caller says */
export const venuesInProcess = ({
  clock,
  seed = 1,
  binanceLimits,
  bybitLimits,
}: Omit<SimulatorOptions, 'ports' | 'clock'> & { readonly clock: SimClock }): VenuesInProcess => {
  const world = createWorld(clock, seed);
  const { accounts, faults, prices, ids, stats } = world;
  const find = (apiKey: string) => {
    const account = accounts.find(apiKey);
    if (account === undefined) throw new SimulatorError('account_not_found', `no account has apiKey "${apiKey}"; open it first`);
    return account;
  };
  return {
    binance: createBinance(world, { ...documentedLimits, ...binanceLimits }).venue,
    bybit: createBybit(world, {
      ...documentedBybitLimits,
      ...bybitLimits,
      perSecond: { ...documentedBybitLimits.perSecond, ...bybitLimits?.perSecond },
    }).venue,
    openAccount: (body) =>
      void accounts.open(accountDraft(accountBody.parse(body), { uid: ids.nextUid(), createdAtMs: clock.now() })),
    changeAccount: (apiKey, body) =>
      void accounts.change(apiKey, accountChange(accountChangeBody.parse(body), find(apiKey).exchange)),
    setPrice: (symbol, price) => prices.set(symbol, decimal(price)),
    fault: (body) => void faults.set(faultDraft(faultBody.parse(body))),
    clearFaults: () => void faults.clear(),
    book: () => world.book.all().map(booked),
    position: (apiKey, symbol) =>
      sum(
        find(apiKey)
          .linear.positions()
          .filter(({ pair }) => pair.symbol === symbol)
          .map(({ size }) => size),
      ),
    balance: (apiKey, market, asset) => {
      const { free, locked } = find(apiKey).wallets[market].balance(asset as Asset);
      return add(free, locked);
    },
    stats: () => stats.view(),
  };
};
