import { describe, expect, it } from 'vitest';
import { bybitInMemory, startMs, type Told } from '../testing/bybit-in-memory.js';
import { documentedCodes } from './error-table.js';

type Venue = ReturnType<typeof bybitInMemory>;
const info = '/v5/user/query-api';
const limit = { orderType: 'Limit', price: '59000' };
const unlimited = { limits: { perSecond: {}, otherPerSecond: 9_999, requestsPer5Seconds: 99_999 } };
const leverage = (venue: Venue, value: string) =>
  venue.post('/v5/position/set-leverage', { category: 'linear', symbol: 'BTCUSDT', buyLeverage: value, sellLeverage: value });
const mode = (venue: Venue, value: number) =>
  venue.post('/v5/position/switch-mode', { category: 'linear', symbol: 'BTCUSDT', mode: value });
const cancel = (venue: Venue, category: string) =>
  venue.post('/v5/order/cancel', { category, symbol: 'BTCUSDT', orderLinkId: 'nobody' });
const marginMode = (venue: Venue, about: object = {}) =>
  venue.post('/v5/account/set-margin-mode', { setMarginMode: 'REGULAR_MARGIN' }, about);
const unbound = (venue: Venue) => {
  venue.openAccount({ apiKey: 'open', apiSecret: 's', ipRestricted: false });
  venue.clock.advance(90 * 86_400_000);
};
const openAs = { apiKey: 'open', secret: 's' };
const twice = async (place: (about: object) => Promise<Told>) => {
  await place({ orderLinkId: 'once' });
  return place({ orderLinkId: 'once' });
};
const many = async (most: number, place: (about: object) => Promise<Told>, about: object): Promise<Told> => {
  for (let open = 0; open < most; open += 1) expect(await place(about)).toMatchObject({ retCode: 0 });
  return place(about);
};
/** A request for every code that one can provoke. */
const provoked: readonly (readonly [code: number, what: string, ask: (venue: Venue) => Promise<Told>])[] = [
  [10001, 'a parameter is missing', (venue) => venue.get('/v5/market/tickers')],
  [10001, 'the symbol does not exist', (venue) => venue.spot({ symbol: 'NONEUSDT' })],
  [10001, 'a field is not played', (venue) => venue.linear({ takeProfit: '70000' })],
  [10001, 'an amount is a number', (venue) => venue.linear({ qty: 0.01 })],
  [10001, 'the category is not played', (venue) => venue.linear({ category: 'inverse' })],
  [10001, 'an order would be amended', (venue) => venue.post('/v5/order/amend', { category: 'spot', symbol: 'BTCUSDT' })],
  [10001, 'a contract quantity is between two steps', (venue) => venue.linear({ qty: '0.0015' })],
  [10001, 'a contract quantity is too large', (venue) => venue.linear({ qty: '1191' })],
  [10001, 'a contract price is between two ticks', (venue) => venue.linear({ orderType: 'Limit', price: '59000.05' })],
  [10002, 'the request is old', (venue) => venue.get(info, {}, { timestamp: startMs - 5_001 })],
  [10003, 'the key is unknown', (venue) => venue.get(info, {}, { apiKey: 'nobody' })],
  [10004, 'the signature is wrong', (venue) => venue.get(info, {}, { secret: 'wrong' })],
  [
    10005,
    'the key may not',
    (venue) => {
      venue.openAccount({ apiKey: 'open', apiSecret: 's', permissions: { trade: false, futures: false } });
      return venue.order({ qty: '10' }, openAs);
    },
  ],
  [
    10006,
    'the account asks too often',
    async (venue) => {
      for (let asked = 0; asked < 10; asked += 1) await leverage(venue, '1');
      return leverage(venue, '1');
    },
  ],
  [10010, 'the address is not bound', (venue) => venue.get(info, {}, { ip: '203.0.113.9' })],
  [10017, 'the method is wrong', (venue) => venue.get('/v5/order/create')],
  [
    10028,
    'the account is classic',
    (venue) => {
      venue.openAccount({ apiKey: 'open', apiSecret: 's', accountType: 'classic' });
      return marginMode(venue, openAs);
    },
  ],
  [
    33004,
    'the key has expired',
    (venue) => {
      unbound(venue);
      return venue.get(info, {}, openAs);
    },
  ],
  [
    -2015,
    'the key has expired, on spot',
    (venue) => {
      unbound(venue);
      return venue.order({ qty: '10' }, openAs);
    },
  ],
  [110001, 'the order to cancel is unknown', (venue) => cancel(venue, 'linear')],
  [110003, 'the price is far above the market', (venue) => venue.linear({ orderType: 'Limit', price: '66000.1' })],
  [110003, 'the price is beyond all prices', (venue) => venue.linear({ orderType: 'Limit', price: '2000000' })],
  [110007, 'the margin is not there', (venue) => venue.linear({ qty: '100' })],
  [110013, 'the leverage is too high', (venue) => leverage(venue, '101')],
  [110017, 'there is nothing to reduce', (venue) => venue.linear({ reduceOnly: true })],
  [110017, 'the quantity is less than a step', (venue) => venue.linear({ qty: '0.0009' })],
  [110020, 'there are 500 orders', (venue) => many(500, venue.linear, { ...limit, qty: '0.001' })],
  [
    110009,
    'ten orders wait for their triggers',
    (venue) => many(10, venue.linear, { triggerPrice: '61000', triggerDirection: 1 }),
  ],
  [
    110024,
    'a position blocks the mode',
    async (venue) => {
      await venue.linear({});
      return mode(venue, 3);
    },
  ],
  [110025, 'the mode is so already', (venue) => mode(venue, 0)],
  [110026, 'the margin mode is so already', (venue) => marginMode(venue)],
  [
    110028,
    'an order blocks the mode',
    async (venue) => {
      await venue.linear(limit);
      return mode(venue, 3);
    },
  ],
  [110043, 'the leverage is so already', (venue) => leverage(venue, '10')],
  [110072, 'the orderLinkId was used', (venue) => twice(venue.linear)],
  [
    110094,
    'the order is worth too little',
    async (venue) => {
      venue.setPrice('BTCUSDT', '4999');
      return venue.linear({ qty: '0.001' });
    },
  ],
  [170124, 'the order is worth too much', (venue) => venue.order({ qty: '8000001' })],
  [170124, 'the order is too large', (venue) => venue.spot({ qty: '84' })],
  [170131, 'the money is not there', (venue) => venue.spot({ qty: '2' })],
  [170131, 'the coins are not there', (venue) => venue.spot({ side: 'Sell', qty: '1.1' })],
  [170134, 'the price has too many decimals', (venue) => venue.spot({ orderType: 'Limit', price: '59000.05' })],
  [170136, 'the quantity is too small', (venue) => venue.spot({ qty: '0.00001' })],
  [170137, 'the quantity has too many decimals', (venue) => venue.spot({ qty: '0.0100001' })],
  [170137, 'the amount to spend has too many decimals', (venue) => venue.order({ qty: '10.00000001' })],
  [170140, 'the order is worth too little', (venue) => venue.order({ qty: '4.99' })],
  [170140, 'the limit order is worth too little', (venue) => venue.spot({ ...limit, qty: '0.00008' })],
  [170141, 'the orderLinkId was used', (venue) => twice(venue.spot)],
  [170193, 'the price is far above the market', (venue) => venue.spot({ orderType: 'Limit', price: '66000.1' })],
  [170194, 'the price is far below the market', (venue) => venue.spot({ side: 'Sell', orderType: 'Limit', price: '53999.9' })],
  [170213, 'the order to cancel is unknown', (venue) => cancel(venue, 'spot')],
  [
    170810,
    'thirty orders wait for their triggers',
    (venue) => many(30, venue.spot, { side: 'Sell', qty: '0.001', triggerPrice: '58000', orderFilter: 'tpslOrder' }),
  ],
  [170810, 'there are 500 orders', (venue) => many(500, venue.spot, { ...limit, qty: '0.0001' })],
];

/** Codes beyond the documented table of the facts, in the words of public threads. */
const beyond = [110009, 170193, 170194, 170810];
/** Takes more requests than a second has. */
const crowded = [110009, 110020, 170810];

describe('an error of Bybit that a request can provoke', () => {
  it.each(provoked)('%i: %s', async (code, _what, ask) => {
    const venue = bybitInMemory(crowded.includes(code) ? unlimited : {});
    const answer = await ask(venue);
    expect(answer.retCode).toBe(code);
    expect(answer.retMsg).not.toBe('');
    expect(answer.result).toEqual({});
    expect(answer.status).toBe(code === 10017 ? 404 : 200);
  });

  it('is one of the documented ones', () => {
    const codes = new Set(provoked.map(([code]) => code));
    expect([...codes].filter((code) => !documentedCodes.includes(code))).toEqual(beyond);
    expect(codes.size).toBe(36);
  });
});

describe('every documented error of Bybit', () => {
  it('is as many as the facts list', () => {
    expect(documentedCodes).toHaveLength(61);
  });

  it.each(documentedCodes)('%i answers instead of an order, and takes nothing', async (code) => {
    const venue = bybitInMemory();
    venue.fault({ kind: 'venue-error', params: { code } });
    const answer = await venue.spot({ orderLinkId: 'mine' });
    expect(answer).toMatchObject({ status: 200, retCode: code, result: {} });
    expect(answer.retMsg).toMatch(/\w/);
    expect(venue.book()).toEqual([]);
    expect(await venue.spot({ orderLinkId: 'mine' })).toMatchObject({ retCode: 0 });
  });

  it.each(documentedCodes)('%i answers after an order that was taken', async (code) => {
    const venue = bybitInMemory();
    venue.fault({ kind: 'accept-then-error', params: { code } });
    expect(await venue.linear({ orderLinkId: 'mine' })).toMatchObject({ retCode: code });
    expect(await venue.state('linear', 'mine')).toMatchObject({ orderStatus: 'Filled' });
  });

  it('may have another status and other words, and may be unknown', async () => {
    const venue = bybitInMemory();
    venue.fault({ kind: 'venue-error', params: { code: 10016, message: 'Request timeout, please try again later' } });
    expect(await venue.spot({})).toMatchObject({ retCode: 10016, retMsg: 'Request timeout, please try again later' });
    venue.fault({ kind: 'venue-error', params: { code: 429, status: 429 } });
    expect(await venue.spot({})).toMatchObject({ status: 429, retCode: 429 });
    venue.fault({ kind: 'venue-error', params: { code: 999_999 } });
    expect(await venue.spot({})).toMatchObject({ status: 200, retCode: 999_999, retMsg: 'Error 999999.' });
    venue.fault({ kind: 'venue-error' });
    expect(await venue.spot({})).toMatchObject({ retCode: 10000, retMsg: 'Server Timeout' });
  });
});

describe('the rate limit as a fault', () => {
  it('answers 10006 with the time when it lifts, or the ban of the address', async () => {
    const venue = bybitInMemory();
    venue.fault({ kind: 'rate-limit', params: { ms: 3_000 } });
    expect(await venue.spot({})).toMatchObject({
      retCode: 10006,
      headers: { 'x-bapi-limit-status': '0', 'x-bapi-limit-reset-timestamp': String(startMs + 3_000) },
    });
    venue.fault({ kind: 'rate-limit', params: { status: 403 } });
    expect(await venue.spot({})).toMatchObject({ status: 403, text: expect.stringContaining('access too frequent') });
    expect(venue.book()).toEqual([]);
  });
});
