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

  it.each([
    ['venue-error', {}, 'OperationFailed', []],
    ['accept-then-error', { code: -1007 }, 'RequestTimeout', ['mine filled']],
    ['rate-limit', {}, 'DDoSProtection', []],
    ['garbage', {}, 'TypeError', ['mine filled']],
    ['garbage', { status: 502 }, 'ExchangeNotAvailable', ['mine filled']],
  ])('%s %j: the client sees %s, the book holds %j', async (kind, params, seen, book) => {
    await venue.control.fault({ kind, ...onOrders, params });
    expect(await classOf(buy())).toBe(seen);
    expect(await statuses()).toEqual(book);
  });

  it('clock-skew: a client that asks for the time again is in step with a venue whose clock jumped', async () => {
    await venue.control.fault({ kind: 'clock-skew', times: 3, params: { ms: 90_000 } });
    expect(await classOf(buy())).toBe('InvalidNonce');
    client.options['timeDifference'] = clock.now() - Number(await client.fetchTime());
    client.nonce = () => clock.now() - Number(client.options['timeDifference']);
    expect(await buy()).toMatchObject({ status: 'closed' });
  });

  describe('stall-body', () => {
    const place = () => venue.client.post('/api/v3/order', { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: '0.01' });
    const ended = () =>
      place().then(
        () => 'answered',
        () => 'broken off',
      );

    it('sends the head and half of the body, and holds the connection until the client gives up; the order is taken', async () => {
      await venue.control.fault({ kind: 'stall-body', ...onOrders });
      const patience = new AbortController();
      const parameters = { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: '0.01' };
      const response = await fetch(`${venue.urls.binance}/api/v3/order?${venue.client.signed(parameters)}`, {
        method: 'POST',
        headers: { 'x-mbx-apikey': follower.apiKey },
        signal: patience.signal,
      });
      expect(response.status).toBe(200);
      const body = response.body?.getReader();
      const first = await body?.read();
      const rest = body?.read().then(
        () => 'more',
        () => 'given up',
      );
      expect(Buffer.from(first?.value ?? []).toString()).toMatch(/^\{"symbol":"BTCUSDT"/);
      expect(first?.value?.byteLength).toBeLessThan(Number(response.headers.get('content-length')));
      patience.abort();
      expect(await rest).toBe('given up');
      expect(await statuses()).toHaveLength(1);
      expect((await venue.control.stats())['requests']).toMatchObject({ '/api/v3/order': { stall: 1 } });
    });

    it('breaks off after ms, when that is given', async () => {
      await venue.control.fault({ kind: 'stall-body', ...onOrders, params: { ms: 3_000 } });
      const answer = ended();
      await vi.waitFor(() => expect(clock.pending()).toBe(1));
      clock.advance(3_000);
      expect(await answer).toBe('broken off');
    });

    it('breaks off when the simulation is reset, and when it stops', async () => {
      await venue.control.fault({ kind: 'stall-body', ...onOrders });
      const answer = ended();
      await vi.waitFor(async () => expect(await statuses()).toHaveLength(1));
      await venue.control.reset();
      expect(await answer).toBe('broken off');

      const other = await stage({ clock });
      await other.control.fault({ kind: 'stall-body', path: '/api/v3/ping' });
      const ping = fetch(`${other.urls.binance}/api/v3/ping`).then((response) => response.text());
      const pinged = ping.then(
        () => 'answered',
        () => 'broken off',
      );
      await vi.waitFor(async () =>
        expect(await other.control.stats()).toMatchObject({ requests: { '/api/v3/ping': { stall: 1 } } }),
      );
      await other.stop();
      expect(await pinged).toBe('broken off');
    });
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
