import { add, compare, decimal, multiply, subtract, sum, zero, type Decimal } from '@latchkey/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { manualClock } from './clock.js';
import { createVenueIds } from './ids.js';
import type { ApiKey, Asset } from './names.js';
import { isOpen, type Order, type OrderDraft } from './order.js';
import { createOrderBook } from './order-book.js';
import { createPrices } from './prices.js';
import { seededRandom } from './seeded-random.js';
import { createSpotEngine } from './spot-engine.js';
import { createWallet } from './wallet.js';

const apiKey = 'someone' as ApiKey;
const usdt = 'USDT' as Asset;
const btc = 'BTC' as Asset;

const market = (balances: Readonly<Record<string, string>> = { USDT: '100000', BTC: '1' }) => {
  const prices = createPrices();
  const book = createOrderBook().of('spot');
  const wallet = createWallet(Object.fromEntries(Object.entries(balances).map(([asset, free]) => [asset, decimal(free)])));
  const told: string[] = [];
  const engine = createSpotEngine({
    clock: manualClock(1_000),
    ids: createVenueIds(seededRandom(1)),
    prices,
    book,
    walletOf: () => wallet,
    rules: { exchange: 'binance', clientIds: 'open-only', postOnly: 'refuse' },
    onAccepted: ({ clientOrderId }) => told.push(`${clientOrderId} accepted`),
    onFirstFill: ({ clientOrderId }) => told.push(`${clientOrderId} filled`),
  });
  let orders = 0;
  const place = ({
    quantity = '0.1',
    price,
    stopPrice,
    ...about
  }: Partial<Omit<OrderDraft, 'price' | 'stopPrice'>> & Sizes = {}) =>
    engine.place({
      exchange: 'binance',
      apiKey,
      pair: prices.pairs[0]!,
      side: 'buy',
      type: 'market',
      timeInForce: 'gtc',
      size: { quantity: decimal(quantity) },
      clientOrderId: `order-${(orders += 1)}`,
      receivedAtMs: 1_000,
      echo: {},
      ...about,
      ...(price === undefined ? {} : { price: decimal(price) }),
      ...(stopPrice === undefined ? {} : { stopPrice: decimal(stopPrice) }),
    });
  const accepted = (about?: Parameters<typeof place>[0]): Order => {
    const placed = place(about);
    if (placed.outcome === 'refused') throw new TypeError(`refused: ${placed.reason}`);
    return placed.order;
  };
  const statusOf = ({ orderId }: Order) => book.byId(apiKey, orderId)?.status;
  return {
    prices,
    book,
    wallet,
    engine,
    place,
    accepted,
    statusOf,
    told,
    move: (to: string) => prices.set('BTCUSDT', decimal(to)),
  };
};
type Sizes = { readonly quantity?: string; readonly price?: string; readonly stopPrice?: string };

describe('a market order', () => {
  it('fills at once at the price of the market; a buyer pays the fee in what was bought', () => {
    const { accepted, wallet } = market();
    const order = accepted({ quantity: '0.1' });
    expect(order).toMatchObject({
      status: 'filled',
      fills: [{ price: '60000', quantity: '0.1', fee: '0.0001', feeAsset: 'BTC', maker: false }],
    });
    expect(wallet.balance(usdt)).toEqual({ free: '94000', locked: '0' });
    expect(wallet.balance(btc)).toEqual({ free: '1.0999', locked: '0' });
  });

  it('takes the fee of a seller from the quote received', () => {
    const { accepted, wallet } = market();
    accepted({ side: 'sell', quantity: '0.5' });
    expect(wallet.balance(usdt).free).toBe('129970');
    expect(wallet.balance(btc).free).toBe('0.5');
  });

  it('buys with a budget the most that fits the lot size, and no more', () => {
    const { accepted, wallet } = market();
    const order = accepted({ size: { quoteBudget: decimal('100'), step: decimal('0.00001') } });
    expect(order).toMatchObject({ quantity: '0.00166', quoteBudget: '100', status: 'filled' });
    expect(wallet.balance(usdt).free).toBe('99900.4');
  });

  it('is refused when its budget is above what is free, even if the quantity would be affordable', () => {
    const { place } = market({ USDT: '99.7' });
    expect(place({ size: { quoteBudget: decimal('100'), step: decimal('0.00001') } })).toEqual({
      outcome: 'refused',
      reason: 'insufficient_balance',
    });
  });

  it.each([
    ['buy', { BTC: '5' }],
    ['sell', { USDT: '5' }],
  ] as const)('to %s is refused without funds and leaves no trace', (side, balances) => {
    const { place, book, told } = market(balances);
    expect(place({ side })).toEqual({ outcome: 'refused', reason: 'insufficient_balance' });
    expect(book.all()).toEqual([]);
    expect(told).toEqual([]);
  });
});

describe('a limit order', () => {
  it('that the market already meets fills at the better price of the market', () => {
    const order = market().accepted({ type: 'limit', price: '61000' });
    expect(order).toMatchObject({ status: 'filled', fills: [{ price: '60000', maker: false }] });
  });

  it('waits with its funds set aside, and fills at its own price when the market comes', () => {
    const { accepted, wallet, move, statusOf, book } = market();
    const order = accepted({ type: 'limit', price: '59000', quantity: '1' });
    expect(order.status).toBe('new');
    expect(wallet.balance(usdt)).toEqual({ free: '41000', locked: '59000' });
    move('59000.01');
    expect(statusOf(order)).toBe('new');
    move('58000');
    expect(book.byId(apiKey, order.orderId)).toMatchObject({ status: 'filled', fills: [{ price: '59000', maker: true }] });
    expect(wallet.balance(usdt)).toEqual({ free: '41000', locked: '0' });
  });

  it('gives its funds back when cancelled', () => {
    const { accepted, engine, wallet } = market();
    const order = accepted({ type: 'limit', side: 'sell', price: '70000', quantity: '0.4' });
    expect(wallet.balance(btc)).toEqual({ free: '0.6', locked: '0.4' });
    expect(engine.cancel(order).status).toBe('canceled');
    expect(wallet.balance(btc)).toEqual({ free: '1', locked: '0' });
  });

  it.each(['ioc', 'fok'] as const)('%s expires unfilled, with its funds free, when the market is elsewhere', (timeInForce) => {
    const { accepted, wallet } = market();
    expect(accepted({ type: 'limit', price: '59000', timeInForce })).toMatchObject({ status: 'expired', fills: [] });
    expect(wallet.balance(usdt)).toEqual({ free: '100000', locked: '0' });
  });

  it('that must only make is refused when it would take', () => {
    const { place, accepted } = market();
    expect(place({ type: 'limit_maker', price: '60000' })).toEqual({ outcome: 'refused', reason: 'would_match' });
    expect(accepted({ type: 'limit_maker', price: '59999.99' }).status).toBe('new');
  });
});

describe('a stop', () => {
  it.each([
    ['stop_loss', 'sell', '59000', '58999'],
    ['stop_loss', 'buy', '61000', '61000'],
    ['take_profit', 'sell', '61000', '61001'],
    ['take_profit', 'buy', '59000', '59000'],
  ] as const)('%s to %s at %s is triggered at %s and fills at the market', (type, side, stopPrice, reached) => {
    const { accepted, move, book } = market();
    const order = accepted({ type, side, stopPrice, quantity: '0.5' });
    expect(order).toMatchObject({ status: 'new' });
    expect(order.workingSinceMs).toBeUndefined();
    move('60000.5');
    move('59999.5');
    expect(book.byId(apiKey, order.orderId)?.status).toBe('new');
    move(reached);
    expect(book.byId(apiKey, order.orderId)).toMatchObject({ status: 'filled', fills: [{ price: reached }] });
  });

  it('is refused when it would trigger at once', () => {
    expect(market().place({ type: 'stop_loss', side: 'sell', stopPrice: '60000' })).toEqual({
      outcome: 'refused',
      reason: 'would_trigger',
    });
  });

  it('with a limit becomes that limit order and waits again', () => {
    const { accepted, move, book } = market();
    const order = accepted({ type: 'stop_loss_limit', side: 'sell', stopPrice: '59000', price: '59500', quantity: '0.5' });
    move('58000');
    expect(book.byId(apiKey, order.orderId)).toMatchObject({ status: 'new', workingSinceMs: 1_000 });
    move('59500');
    expect(book.byId(apiKey, order.orderId)).toMatchObject({ status: 'filled', fills: [{ price: '59500' }] });
  });

  it('that its owner can no longer pay at the price of the market expires and frees what it held', () => {
    const { accepted, move, wallet, statusOf } = market({ USDT: '61000' });
    const order = accepted({ type: 'stop_loss', side: 'buy', stopPrice: '61000', quantity: '1' });
    expect(wallet.balance(usdt)).toEqual({ free: '0', locked: '61000' });
    move('62000');
    expect(statusOf(order)).toBe('expired');
    expect(wallet.balance(usdt)).toEqual({ free: '61000', locked: '0' });
  });
});

describe('a client order id', () => {
  it('is refused while an order with it is open, and taken again once that order has ended', () => {
    const { place, accepted, engine, book } = market();
    const first = accepted({ type: 'limit', price: '59000', clientOrderId: 'mine' });
    expect(place({ clientOrderId: 'mine' })).toEqual({ outcome: 'refused', reason: 'duplicate_client_order_id' });
    engine.cancel(first);
    const second = accepted({ clientOrderId: 'mine' });
    expect(second.status).toBe('filled');
    expect(accepted({ clientOrderId: 'mine' }).status).toBe('filled');
    expect(book.all().map(({ clientOrderId, status }) => `${clientOrderId} ${status}`)).toEqual([
      'mine canceled',
      'mine filled',
      'mine filled',
    ]);
  });
});

describe('the order counts of an account', () => {
  it('hear of an order before they hear of its fill', () => {
    const { accepted, told, move } = market();
    accepted({ clientOrderId: 'a' });
    accepted({ clientOrderId: 'b', type: 'limit', price: '59000' });
    move('59000');
    expect(told).toEqual(['a accepted', 'a filled', 'b accepted', 'b filled']);
  });
});

describe('an order that fills in part', () => {
  const half = { share: decimal('0.5'), step: decimal('0.001') };

  it('expires with what it has when it is a market order, cut to the step', () => {
    const { accepted, wallet, told } = market();
    expect(accepted({ quantity: '0.003', firstFill: half })).toMatchObject({
      status: 'expired',
      fills: [{ quantity: '0.001', quote: '60' }],
    });
    expect(wallet.balance(usdt)).toEqual({ free: '99940', locked: '0' });
    expect(told).toEqual(['order-1 accepted', 'order-1 filled']);
  });

  it('expires without a fill when the part is less than a step, and when all or nothing was asked', () => {
    const { accepted, wallet, told } = market();
    expect(accepted({ quantity: '0.001', firstFill: half })).toMatchObject({ status: 'expired', fills: [] });
    const fok = { type: 'limit', price: '60000', timeInForce: 'fok' } as const;
    expect(accepted({ ...fok, quantity: '0.1', firstFill: half })).toMatchObject({ status: 'expired', fills: [] });
    expect(wallet.balance(usdt)).toEqual({ free: '100000', locked: '0' });
    expect(told).not.toContain('order-1 filled');
  });

  it('waits with the rest set aside when it is a limit, until the price passes again', () => {
    const { accepted, wallet, book, move } = market();
    const { orderId } = accepted({ type: 'limit', price: '59000', quantity: '0.1', firstFill: half });
    move('58000');
    expect(book.byId(apiKey, orderId)).toMatchObject({
      status: 'partially_filled',
      fills: [{ quantity: '0.05', quote: '2950' }],
    });
    expect(wallet.balance(usdt)).toEqual({ free: '94100', locked: '2950' });
    move('60000');
    expect(book.byId(apiKey, orderId)).toMatchObject({ status: 'partially_filled' });
    move('59000');
    expect(book.byId(apiKey, orderId)).toMatchObject({ status: 'filled', fills: [{ quantity: '0.05' }, { quantity: '0.05' }] });
    expect(wallet.balance(usdt)).toEqual({ free: '94100', locked: '0' });
  });

  it('gives back what is set aside for the rest when it is cancelled', () => {
    const { accepted, wallet, engine } = market();
    const order = accepted({ type: 'limit', price: '60000', quantity: '0.1', firstFill: half });
    expect(engine.cancel(order)).toMatchObject({ status: 'canceled', fills: [{ quantity: '0.05' }] });
    expect(wallet.balance(usdt)).toEqual({ free: '97000', locked: '0' });
  });
});

describe('money', () => {
  type Step = {
    readonly side: 'buy' | 'sell';
    readonly type: OrderDraft['type'];
    readonly lots: number;
    readonly at: number;
    readonly move: number;
    /** Percent of the order that fills the first time it meets the market; 100 fills as without the fault. */
    readonly share: number;
  };
  const step = fc.record<Step>({
    side: fc.constantFrom('buy', 'sell'),
    type: fc.constantFrom('market', 'limit', 'limit_maker', 'stop_loss', 'take_profit', 'stop_loss_limit', 'take_profit_limit'),
    lots: fc.integer({ min: 1, max: 100_000 }),
    at: fc.integer({ min: 50_000, max: 70_000 }),
    move: fc.integer({ min: 50_000, max: 70_000 }),
    share: fc.constantFrom(0, 33, 50, 100),
  });
  const owned = (wallet: ReturnType<typeof market>['wallet'], asset: Asset): Decimal => {
    const { free, locked } = wallet.balance(asset);
    return add(free, locked);
  };

  it('is neither made nor lost: what is owned follows from the fills, what is locked from the open orders, and nothing is overdrawn', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const { place, move, book, wallet } = market();
        for (const { side, type, lots, at, move: to, share } of steps) {
          const price = type.includes('limit') ? { price: String(at) } : {};
          const stop = type.startsWith('stop') || type.startsWith('take') ? { stopPrice: String(at) } : {};
          const quantity = multiply(decimal(String(lots)), decimal('0.00001'));
          const firstFill = { share: decimal(String(share / 100)), step: decimal('0.00001') };
          place({ side, type, quantity, firstFill, ...price, ...stop });
          move(String(to));
          expect(compare(wallet.balance(usdt).free, zero)).toBeGreaterThanOrEqual(0);
          expect(compare(wallet.balance(btc).free, zero)).toBeGreaterThanOrEqual(0);
        }
        const fills = book.all().flatMap(({ side, fills: own }) => own.map((fill) => ({ ...fill, side })));
        const usdtFlow = sum(
          fills.map(({ side, quote, fee }) => (side === 'buy' ? subtract(zero, quote) : subtract(quote, fee))),
        );
        const btcFlow = sum(
          fills.map(({ side, quantity, fee }) => (side === 'buy' ? subtract(quantity, fee) : subtract(zero, quantity))),
        );
        expect(owned(wallet, usdt)).toBe(add(decimal('100000'), usdtFlow));
        expect(owned(wallet, btc)).toBe(add(decimal('1'), btcFlow));
        const reserved = (asset: Asset) =>
          sum(book.all().flatMap(({ reserve }) => (reserve?.asset === asset ? [reserve.amount] : [])));
        expect(wallet.balance(usdt).locked).toBe(reserved(usdt));
        expect(wallet.balance(btc).locked).toBe(reserved(btc));
        expect(book.open().every(isOpen)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});
