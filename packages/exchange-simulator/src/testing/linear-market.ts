import { add, decimal, type Decimal } from '@latchkey/kernel';
import { manualClock } from '../core/clock.js';
import type { LinearRules } from '../core/engine-rules.js';
import { createVenueIds } from '../core/ids.js';
import { createLinearAccount, type PositionMode } from '../core/linear-account.js';
import { createLinearEngine } from '../core/linear-engine.js';
import type { ApiKey, Asset, MarketSymbol } from '../core/names.js';
import { createOrderBook } from '../core/order-book.js';
import type { LinearDraft, Order, PositionSide, Trigger } from '../core/order.js';
import { entryPrice } from '../core/positions.js';
import { createPrices } from '../core/prices.js';
import { seededRandom } from '../core/seeded-random.js';
import { createWallet } from '../core/wallet.js';

/** The one account of a {@link linearMarket}. */
export const apiKey = 'someone' as ApiKey;
export const usdt = 'USDT' as Asset;
export const btc = 'BTCUSDT' as MarketSymbol;

/** What a spec says about an order; the rest is a market order to buy 0.1 BTC. */
export type About = {
  readonly quantity?: string;
  readonly price?: string;
  readonly side?: 'buy' | 'sell';
  readonly positionSide?: PositionSide;
  readonly reduceOnly?: boolean;
  readonly timeInForce?: LinearDraft['timeInForce'];
  readonly clientOrderId?: string;
  readonly share?: string;
  readonly trigger?: Trigger;
};

/** A linear engine with one account, BTCUSDT at 60,000, and its verbs. */
export const linearMarket = ({
  mode = 'one-way',
  leverage = 10,
  funds = '10000',
  rules = {},
}: { mode?: PositionMode; leverage?: number; funds?: string; rules?: Partial<LinearRules> } = {}) => {
  const prices = createPrices();
  const book = createOrderBook().of('linear');
  const wallet = createWallet({ USDT: decimal(funds) });
  const linear = createLinearAccount({ positionMode: mode, leverage });
  const engine = createLinearEngine({
    clock: manualClock(1_000),
    ids: createVenueIds(seededRandom(1)),
    prices,
    book,
    holderOf: () => ({ wallet, linear }),
    rules: {
      exchange: 'binance',
      clientIds: 'open-only',
      postOnly: 'refuse',
      fees: { maker: decimal('0.0002'), taker: decimal('0.0005') },
      settlesIn: usdt,
      reduceOnlyExcess: 'keep',
      maxNotional: () => undefined,
      ...rules,
    },
  });
  let orders = 0;
  const place = (about: About = {}) =>
    engine.place({
      exchange: 'binance',
      apiKey,
      pair: prices.pairs[0]!,
      side: about.side ?? 'buy',
      type: about.price === undefined ? 'market' : 'limit',
      timeInForce: about.timeInForce ?? 'gtc',
      quantity: decimal(about.quantity ?? '0.1'),
      linear: { positionSide: about.positionSide ?? 'both', reduceOnly: about.reduceOnly ?? false },
      clientOrderId: about.clientOrderId ?? `order-${(orders += 1)}`,
      receivedAtMs: 1_000,
      echo: {},
      ...(about.price === undefined ? {} : { price: decimal(about.price) }),
      ...(about.share === undefined ? {} : { firstFill: { share: decimal(about.share), step: decimal('0.001') } }),
      ...(about.trigger === undefined ? {} : { trigger: about.trigger }),
    });
  const accepted = (about?: About): Order => {
    const placed = place(about);
    if (placed.outcome === 'refused') throw new TypeError(`refused: ${placed.reason}`);
    return placed.order;
  };
  const refused = (about?: About): string => {
    const placed = place(about);
    return placed.outcome === 'refused' ? placed.reason : placed.order.status;
  };
  const position = (side: PositionSide = 'both') => {
    const found = linear.position(btc, side);
    return found === undefined ? undefined : [found.size, entryPrice(found)];
  };
  return {
    engine,
    book,
    linear,
    wallet,
    accepted,
    refused,
    position,
    setPrice: (price: string) => prices.set(btc, decimal(price)),
    again: ({ orderId }: Order) => book.byId(apiKey, orderId),
    owned: (): Decimal => add(wallet.balance(usdt).free, wallet.balance(usdt).locked),
  };
};
