import { describe, expect, it } from 'vitest';
import { follower, venueInMemory } from '../testing/venue-in-memory.js';

const order = { quantity: '0.01', newClientOrderId: 'mine' };
const orders = { path: '/api/v3/order', method: 'POST' };

describe('drop', () => {
  it('cuts the connection before the order is taken', async () => {
    const venue = venueInMemory();
    venue.fault({ kind: 'drop', ...orders });
    expect(await venue.order(order)).toBe('cut');
    expect(venue.book()).toEqual([]);
    expect(await venue.order(order)).toMatchObject({ status: 200 });
    expect(venue.world.stats.view().requests['/api/v3/order']).toEqual({ cut: 1, 200: 1 });
  });
});

describe('accept-then-drop', () => {
  it('takes the order and cuts the connection instead of answering', async () => {
    const venue = venueInMemory();
    venue.fault({ kind: 'accept-then-drop' });
    expect(await venue.lookUp('mine')).toMatchObject({ status: 400 });
    expect(await venue.order(order)).toBe('cut');
    expect(venue.book()).toMatchObject([{ clientOrderId: 'mine', status: 'filled' }]);
    expect(await venue.lookUp('mine')).toMatchObject({ status: 200, body: { status: 'FILLED' } });
  });

  it('waits for an order that is taken: a refused one hears its refusal', async () => {
    const venue = venueInMemory();
    venue.fault({ kind: 'accept-then-drop' });
    expect(await venue.order({ quantity: '100' })).toMatchObject({ status: 400, body: { code: -2010 } });
    expect(await venue.order(order)).toBe('cut');
  });
});

describe('accept-then-status', () => {
  it('takes the order and answers like a broken proxy', async () => {
    const venue = venueInMemory();
    venue.fault({ kind: 'accept-then-status', params: { status: 504 } });
    expect(await venue.order(order)).toMatchObject({ status: 504, headers: { 'content-type': 'text/html' } });
    expect(venue.book()).toHaveLength(1);
  });
});

describe('status', () => {
  it('answers like a broken proxy before the order is taken', async () => {
    const venue = venueInMemory();
    venue.fault({ kind: 'status', ...orders, params: { status: 502 } });
    expect(await venue.order(order)).toMatchObject({ status: 502, headers: { 'content-type': 'text/html' } });
    expect(venue.book()).toEqual([]);
  });
});

describe('delay', () => {
  it('holds the request up before anything of it is checked', async () => {
    const venue = venueInMemory();
    venue.fault({ kind: 'delay', params: { ms: 4_000 } });
    venue.fault({ kind: 'delay', params: { ms: 5_001 } });
    const first = venue.order(order);
    venue.clock.advance(4_000);
    expect(await first).toMatchObject({ status: 200, body: { transactTime: venue.clock.now() } });
    const second = venue.order(order);
    venue.clock.advance(5_001);
    expect(await second).toMatchObject({ status: 400, body: { code: -1021 } });
    expect(venue.book()).toHaveLength(1);
  });

  it('ends in a cut when the simulation ends meanwhile', async () => {
    const venue = venueInMemory();
    venue.fault({ kind: 'delay' });
    const held = venue.order(order);
    venue.world.timers.cancelAll();
    expect(await held).toBe('cut');
  });
});

describe('accept-late', () => {
  it('cuts the connection after the checks of arrival, and the order enters the book later, past its window too', async () => {
    const venue = venueInMemory();
    venue.fault({ kind: 'accept-late', params: { ms: 6_000 } });
    expect(await venue.order({ quantity: '100000' })).toMatchObject({ status: 400 });
    expect(await venue.order({ ...order, recvWindow: 5_000 })).toBe('cut');
    expect(venue.book()).toEqual([]);
    venue.clock.advance(5_999);
    expect(await venue.lookUp('mine')).toMatchObject({ body: { code: -2013 } });
    venue.clock.advance(1);
    expect(venue.book()).toMatchObject([{ clientOrderId: 'mine', status: 'filled' }]);
    expect(await venue.lookUp('mine')).toMatchObject({ body: { status: 'FILLED' } });
  });

  it.each([
    [5_000, 1],
    [5_001, 0],
  ])('with recheck, after %i ms of a 5 s window, ends with %i orders, as at the engine of Binance spot', async (ms, taken) => {
    const venue = venueInMemory();
    venue.fault({ kind: 'accept-late', params: { ms, recheck: true } });
    expect(await venue.order({ ...order, recvWindow: 5_000 })).toBe('cut');
    venue.clock.advance(ms);
    expect(venue.book()).toHaveLength(taken);
  });

  it('meets the engine like any order: what is refused there is refused in silence', async () => {
    const venue = venueInMemory();
    venue.fault({ kind: 'accept-late', params: { ms: 1_000 } });
    await venue.order(order);
    venue.world.accounts.find(follower.apiKey)?.wallets.spot.setFree('USDT' as never, '0' as never);
    venue.clock.advance(1_000);
    expect(venue.book()).toEqual([]);
  });

  it('and a second send meanwhile are two orders: only the client can prevent that', async () => {
    const venue = venueInMemory();
    venue.fault({ kind: 'accept-late', params: { ms: 1_000 } });
    await venue.order(order);
    await venue.order(order);
    venue.clock.advance(1_000);
    expect(venue.book()).toHaveLength(2);
  });

  it('is forgotten when the simulation ends', async () => {
    const venue = venueInMemory();
    venue.fault({ kind: 'accept-late', params: { ms: 1_000 } });
    await venue.order(order);
    venue.world.timers.cancelAll();
    venue.clock.advance(2_000);
    expect(venue.book()).toEqual([]);
  });
});

describe('hide-order', () => {
  it('keeps an order out of every look-up for a while, though it stands in the book and can be cancelled', async () => {
    const venue = venueInMemory();
    venue.fault({ kind: 'hide-order', params: { ms: 6_000 } });
    await venue.order({ type: 'LIMIT', timeInForce: 'GTC', price: '59000', ...order });
    const open = () => venue.signed('GET', '/api/v3/openOrders', { symbol: 'BTCUSDT' });
    expect(venue.book()).toHaveLength(1);
    expect(await open()).toMatchObject({ body: [] });
    venue.clock.advance(5_999);
    expect(await venue.lookUp('mine')).toMatchObject({ status: 400, body: { code: -2013 } });
    venue.clock.advance(1);
    expect(await venue.lookUp('mine')).toMatchObject({ status: 200 });
    expect(await open()).toMatchObject({ body: [{ clientOrderId: 'mine' }] });
  });

  it('reaches the engine with a cancel all the same', async () => {
    const venue = venueInMemory();
    venue.fault({ kind: 'hide-order' });
    await venue.order({ type: 'LIMIT', timeInForce: 'GTC', price: '59000', ...order });
    expect(await venue.signed('DELETE', '/api/v3/order', { symbol: 'BTCUSDT', origClientOrderId: 'mine' })).toMatchObject({
      status: 200,
    });
  });

  it('meets accept-then-drop in one request', async () => {
    const venue = venueInMemory();
    venue.fault({ kind: 'hide-order', params: { ms: 6_000 } });
    venue.fault({ kind: 'accept-then-drop' });
    expect(await venue.order(order)).toBe('cut');
    expect(await venue.lookUp('mine')).toMatchObject({ body: { code: -2013 } });
  });

  it('may be set for the look-ups themselves, by the method GET', async () => {
    const venue = venueInMemory();
    await venue.order(order);
    venue.fault({ kind: 'hide-order', path: '/api/v3/order', method: 'GET', params: { ms: 6_000 } });
    venue.clock.advance(3_000);
    expect(await venue.lookUp('mine')).toMatchObject({ body: { code: -2013 } });
    venue.clock.advance(3_000);
    expect(await venue.lookUp('mine')).toMatchObject({ status: 200 });
  });
});

describe('venue-error', () => {
  it('is the unknown error of Binance unless a code is asked for', async () => {
    const venue = venueInMemory();
    venue.fault({ kind: 'venue-error', ...orders });
    venue.fault({ kind: 'venue-error', ...orders, params: { code: -1013, status: 409, message: 'Filter failure: NEW' } });
    expect(await venue.order(order)).toMatchObject({ status: 500, body: { code: -1000 } });
    expect(await venue.order(order)).toMatchObject({ status: 409, body: { code: -1013, msg: 'Filter failure: NEW' } });
    expect(venue.book()).toEqual([]);
  });
});

describe('accept-then-error', () => {
  it('takes the order and answers with an error code: the case that a client must not take for a refusal', async () => {
    const venue = venueInMemory();
    venue.fault({ kind: 'accept-then-error', params: { code: -1007 } });
    expect(await venue.order(order)).toMatchObject({ status: 408, body: { code: -1007 } });
    expect(venue.book()).toMatchObject([{ clientOrderId: 'mine', status: 'filled' }]);
  });
});

describe('rate-limit', () => {
  it('says when to come back, and counts who comes earlier from the same address', async () => {
    const venue = venueInMemory();
    venue.fault({ kind: 'rate-limit', ...orders, params: { ms: 2_500 } });
    expect(await venue.order(order)).toMatchObject({ status: 429, headers: { 'retry-after': '3' }, body: { code: -1003 } });
    expect(await venue.order(order)).toMatchObject({ status: 200 });
    await venue.raw('GET', '/api/v3/ping', { ip: '203.0.113.9' });
    expect(venue.world.stats.view()).toMatchObject({ rateLimitViolations: 0, requestsBeforeRetryAfter: 1 });
    venue.clock.advance(2_500);
    await venue.lookUp('mine');
    expect(venue.world.stats.view()).toMatchObject({ requestsBeforeRetryAfter: 1 });
  });

  it('is a ban with status 418', async () => {
    const venue = venueInMemory();
    venue.fault({ kind: 'rate-limit', params: { status: 418, ms: 120_000 } });
    expect(await venue.order(order)).toMatchObject({
      status: 418,
      headers: { 'retry-after': '120' },
      body: { code: -1003, msg: expect.stringContaining(`banned until ${venue.clock.now() + 120_000}`) },
    });
  });
});

describe('clock-skew', () => {
  it.each([
    [60_000, /outside of the recvWindow/],
    [-60_000, /ahead of the server/],
  ])('of %i ms moves the time that is told and the time that is checked, together', async (ms, words) => {
    const venue = venueInMemory();
    venue.fault({ kind: 'clock-skew', times: 3, params: { ms } });
    expect(await venue.raw('GET', '/api/v3/time', {})).toMatchObject({ body: { serverTime: venue.clock.now() + ms } });
    expect(await venue.order(order)).toMatchObject({ status: 400, body: { code: -1021, msg: expect.stringMatching(words) } });
    expect(await venue.order({ ...order, timestamp: venue.clock.now() + ms })).toMatchObject({ status: 200 });
    expect(await venue.order({ quantity: '0.01' })).toMatchObject({ status: 200 });
    expect(venue.book()).toMatchObject([{ receivedAt: new Date(venue.clock.now()).toISOString() }, {}]);
  });
});

describe('partial-fill', () => {
  it('leaves a market order expired with the part that filled', async () => {
    const venue = venueInMemory();
    venue.fault({ kind: 'partial-fill', params: { share: '0.25' } });
    expect(await venue.order(order)).toMatchObject({ body: { status: 'EXPIRED', executedQty: '0.00250000', fills: [{}] } });
    expect(await venue.lookUp('mine')).toMatchObject({ body: { status: 'EXPIRED', cummulativeQuoteQty: '150.00000000' } });
  });

  it('waits for an order that is taken', async () => {
    const venue = venueInMemory();
    venue.fault({ kind: 'partial-fill' });
    expect(await venue.order({ quantity: '100' })).toMatchObject({ body: { code: -2010 } });
    expect(await venue.order(order)).toMatchObject({ body: { status: 'EXPIRED' } });
    expect(await venue.order({ quantity: '0.01' })).toMatchObject({ body: { status: 'FILLED' } });
  });

  it('leaves a limit order open with the rest, which cancels by its state', async () => {
    const venue = venueInMemory();
    venue.fault({ kind: 'partial-fill' });
    const limit = { type: 'LIMIT', timeInForce: 'GTC', price: '60000', ...order };
    expect(await venue.order(limit)).toMatchObject({ body: { status: 'PARTIALLY_FILLED', executedQty: '0.00500000' } });
    const cancel = (cancelRestrictions: string) =>
      venue.signed('DELETE', '/api/v3/order', { symbol: 'BTCUSDT', origClientOrderId: 'mine', cancelRestrictions });
    expect(await cancel('ONLY_NEW')).toMatchObject({ body: { code: -2011 } });
    expect(await cancel('ONLY_PARTIALLY_FILLED')).toMatchObject({ body: { status: 'CANCELED', executedQty: '0.00500000' } });
  });
});

describe('accept-late on a cancel', () => {
  it('hears an unknown order at once, and loses the answer to one that is there', async () => {
    const venue = venueInMemory();
    await venue.order({ type: 'LIMIT', timeInForce: 'GTC', price: '59000', ...order });
    venue.fault({ kind: 'accept-late', params: { ms: 1_000 } });
    const cancel = (origClientOrderId: string) =>
      venue.signed('DELETE', '/api/v3/order', { symbol: 'BTCUSDT', origClientOrderId });
    expect(await cancel('nothing')).toMatchObject({ body: { code: -2011 } });
    expect(await cancel('mine')).toBe('cut');
    expect(venue.book()).toMatchObject([{ status: 'new' }]);
    venue.clock.advance(1_000);
    expect(venue.book()).toMatchObject([{ status: 'canceled' }]);
  });
});

describe('an accept-then kind that names its path', () => {
  it('loses the answer to a question too', async () => {
    const venue = venueInMemory();
    venue.fault({ kind: 'accept-then-drop', path: '/api/v3/account' });
    expect(await venue.signed('GET', '/api/v3/account')).toBe('cut');
    expect(await venue.signed('GET', '/api/v3/account')).toMatchObject({ status: 200 });
  });
});

describe('a path that no endpoint has', () => {
  it('is not found, and a known path with another method is not allowed', async () => {
    const venue = venueInMemory();
    expect(await venue.raw('GET', '/api/v3/nothing', {})).toMatchObject({ status: 404 });
    expect(await venue.raw('PUT', '/api/v3/order', {})).toMatchObject({ status: 405 });
    expect(venue.world.stats.view().requests).toEqual({ '(unknown path)': { 404: 1 }, '/api/v3/order': { 405: 1 } });
  });
});
