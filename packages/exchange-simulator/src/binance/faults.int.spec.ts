import ccxt, { type binance } from 'ccxt';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { manualClock } from '../core/clock.js';
import { redirectClient } from '../testing/redirect-client.js';
import { follower, stage } from '../testing/stage.js';

// The venue's time stands still and is moved by hand; clients sign with it.
const clock = manualClock(1_790_000_000_000);
let venue: Awaited<ReturnType<typeof stage>>;
let client: binance;

const onOrders = { path: '/api/v3/order', method: 'POST' };
const buy = (clientOrderId = 'mine', params: object = {}) =>
  client.createOrder('BTC/USDT', 'market', 'buy', 0.01, undefined, { clientOrderId, ...params });
const lookUp = () => client.fetchOrder(undefined as unknown as string, 'BTC/USDT', { clientOrderId: 'mine' });
const classOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'no error',
    (error: unknown) => (error instanceof Error ? error.constructor.name : 'not an error'),
  );
const statuses = async () => (await venue.control.book()).map(({ clientOrderId, status }) => `${clientOrderId} ${status}`);

beforeAll(async () => {
  venue = await stage({ clock });
});
afterAll(async () => {
  await client.close();
  await venue.stop();
});
beforeEach(async () => {
  await client?.close();
  await venue.control.reset();
  await venue.control.openAccount({ apiKey: follower.apiKey, apiSecret: follower.secret });
  client = await redirectClient(new ccxt.binance({ ...follower, enableRateLimit: false }), venue.urls.binance);
  client.nonce = () => clock.now();
  await client.loadMarkets();
});

describe('over real connections', () => {
  it('drop: the client sees a network error and no order exists', async () => {
    await venue.control.fault({ kind: 'drop', ...onOrders });
    expect(await classOf(buy())).toBe('NetworkError');
    expect(await statuses()).toEqual([]);
    expect(await classOf(lookUp())).toBe('OrderNotFound');
    expect((await venue.control.stats())['requests']).toMatchObject({ '/api/v3/order': { cut: 1, 400: 1 } });
  });

  it('accept-then-drop: the client sees the same, and the order exists', async () => {
    await venue.control.fault({ kind: 'accept-then-drop', ...onOrders });
    expect(await classOf(buy())).toBe('NetworkError');
    expect(await statuses()).toEqual(['mine filled']);
    expect(await lookUp()).toMatchObject({ status: 'closed', filled: 0.01 });
  });

  it.each([
    ['status', 503, 'ExchangeNotAvailable', []],
    ['status', 504, 'RequestTimeout', []],
    ['accept-then-status', 502, 'ExchangeNotAvailable', ['mine filled']],
    ['accept-then-status', 504, 'RequestTimeout', ['mine filled']],
  ])('%s %i: the client sees %s, the book holds %j', async (kind, status, seen, book) => {
    await venue.control.fault({ kind, ...onOrders, params: { status } });
    expect(await classOf(buy())).toBe(seen);
    expect(await statuses()).toEqual(book);
  });

  it('delay: the request is held up and then judged by the clock it meets', async () => {
    await venue.control.fault({ kind: 'delay', times: 2, ...onOrders, params: { ms: 6_000 } });
    const inTime = buy('mine', { recvWindow: 6_000 });
    await vi.waitFor(() => expect(clock.pending()).toBe(1));
    clock.advance(6_000);
    expect(await inTime).toMatchObject({ status: 'closed' });
    const late = classOf(buy('late', { recvWindow: 5_000 }));
    await vi.waitFor(() => expect(clock.pending()).toBe(1));
    clock.advance(6_000);
    expect(await late).toBe('InvalidNonce');
    expect(await statuses()).toEqual(['mine filled']);
  });

  it('accept-late: the client sees a network error, looks in vain, and the order enters 6 s later', async () => {
    await venue.control.fault({ kind: 'accept-late', ...onOrders, params: { ms: 6_000 } });
    expect(await classOf(buy('mine', { recvWindow: 5_000 }))).toBe('NetworkError');
    expect(await statuses()).toEqual([]);
    expect(await classOf(lookUp())).toBe('OrderNotFound');
    clock.advance(6_000);
    expect(await statuses()).toEqual(['mine filled']);
    expect(await lookUp()).toMatchObject({ status: 'closed' });
  });

  it('accept-late with recheck: what waited past its window is refused by the engine, as on Binance spot', async () => {
    await venue.control.fault({ kind: 'accept-late', ...onOrders, params: { ms: 6_000, recheck: true } });
    expect(await classOf(buy('mine', { recvWindow: 5_000 }))).toBe('NetworkError');
    clock.advance(6_000);
    expect(await statuses()).toEqual([]);
  });

  it('hide-order: the order is taken, and look-ups deny it for a while', async () => {
    await venue.control.fault({ kind: 'hide-order', params: { ms: 6_000 } });
    await venue.control.fault({ kind: 'accept-then-drop', ...onOrders });
    expect(await classOf(buy())).toBe('NetworkError');
    expect(await statuses()).toEqual(['mine filled']);
    expect(await classOf(lookUp())).toBe('OrderNotFound');
    clock.advance(6_000);
    expect(await lookUp()).toMatchObject({ status: 'closed' });
  });

  it('a fault for one key leaves the other follower alone', async () => {
    const other = { apiKey: 'o'.repeat(64), secret: 's'.repeat(64) };
    await venue.control.openAccount({ apiKey: other.apiKey, apiSecret: other.secret });
    await venue.control.fault({ kind: 'drop', apiKey: other.apiKey, ...onOrders });
    expect(await buy()).toMatchObject({ status: 'closed' });
    expect(await venue.control.book(other.apiKey)).toEqual([]);
  });

  it('100 orders at once, slowed down: each is taken once', async () => {
    await venue.control.fault({ kind: 'delay', times: 100, ...onOrders, params: { ms: 300 } });
    const orders = Array.from({ length: 100 }, (_, index) => buy(`order-${index}`));
    await vi.waitFor(() => expect(clock.pending()).toBe(100), { timeout: 10_000 });
    clock.advance(300);
    expect(await Promise.all(orders)).toHaveLength(100);
    expect(new Set(await statuses()).size).toBe(100);
  });
});
