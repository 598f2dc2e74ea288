import { describe, expect, it } from 'vitest';
import { positionViews } from '../../control/control-requests.js';
import type { Fields } from '../../testing/control-client.js';
import type { Parameters } from '../../testing/signed-client.js';
import { follower, startMs, venueInMemory, type Seen } from '../../testing/venue-in-memory.js';

type Venue = ReturnType<typeof venueInMemory>;
const bodyOf = (answer: Seen): Fields => (answer === 'cut' ? { cut: true } : answer.body);
const rows = (answer: Seen): readonly Fields[] => bodyOf(answer) as unknown as readonly Fields[];
const order = (venue: Venue, about: Parameters = {}) =>
  venue.signed('POST', '/fapi/v1/order', {
    symbol: 'BTCUSDT',
    side: 'BUY',
    type: 'MARKET',
    quantity: '0.01',
    newOrderRespType: 'RESULT',
    ...about,
  });
const limit = { type: 'LIMIT', timeInForce: 'GTC', price: '59000' };
const lookUp = (venue: Venue, name: Parameters) => venue.signed('GET', '/fapi/v1/order', { symbol: 'BTCUSDT', ...name });
const sig1 = { origClientOrderId: 'sig-1' };
const positions = (venue: Venue) => venue.world.accounts.all().flatMap(positionViews);

describe('a USDM order', () => {
  it('is filled for RESULT and only taken for ACK', async () => {
    const venue = venueInMemory();
    expect(bodyOf(await order(venue))).toMatchObject({ status: 'FILLED', executedQty: '0.010', updateTime: startMs });
    expect(bodyOf(await order(venue, { newOrderRespType: 'ACK' }))).toMatchObject({ status: 'NEW', executedQty: '0.000' });
    expect(positions(venue)).toEqual([
      {
        exchange: 'binance',
        market: 'linear',
        apiKey: follower.apiKey,
        symbol: 'BTCUSDT',
        side: 'long',
        size: '0.02',
        entryPrice: '60000',
        leverage: 20,
        positionSide: 'both',
      },
    ]);
    expect(venue.book()).toMatchObject([{ market: 'linear', status: 'filled', price: '60000' }, { market: 'linear' }]);
  });

  it('shows its average and worth only when it is looked up', async () => {
    const venue = venueInMemory();
    const answer = bodyOf(await order(venue, { newClientOrderId: 'sig-1' }));
    expect(Object.keys(answer)).not.toEqual(expect.arrayContaining(['avgPrice']));
    expect(Object.keys(answer)).not.toEqual(expect.arrayContaining(['cumQuote']));
    expect(bodyOf(await lookUp(venue, sig1))).toMatchObject({ avgPrice: '60000.00000', cumQuote: '600.00000' });
  });

  it('with both ids is found by its own, whatever the other says', async () => {
    const venue = venueInMemory();
    const { orderId } = bodyOf(await order(venue, { newClientOrderId: 'sig-1' }));
    const found = await lookUp(venue, { orderId: Number(orderId), origClientOrderId: 'another' });
    expect(bodyOf(found)).toMatchObject({ clientOrderId: 'sig-1' });
  });

  it('may use an id again once its order has ended', async () => {
    const venue = venueInMemory();
    const named = { newClientOrderId: 'sig-1' };
    await order(venue, named);
    expect(bodyOf(await order(venue, { ...named, ...limit }))).toMatchObject({ status: 'NEW' });
    expect(bodyOf(await lookUp(venue, sig1))).toMatchObject({ status: 'NEW' });
    expect(bodyOf(await order(venue, named))).toMatchObject({ code: -4116 });
  });

  it('may use characters that spot refuses', async () => {
    expect(bodyOf(await order(venueInMemory(), { newClientOrderId: 'a.b:c/d' }))).toMatchObject({ clientOrderId: 'a.b:c/d' });
  });

  it('is not the order of spot with the same ids', async () => {
    const venue = venueInMemory();
    const { orderId } = bodyOf(await order(venue, { ...limit, newClientOrderId: 'sig-1' }));
    expect(bodyOf(await venue.lookUp('sig-1'))).toMatchObject({ code: -2013 });
    const spot = { symbol: 'BTCUSDT', orderId: Number(orderId) };
    expect(bodyOf(await venue.signed('DELETE', '/api/v3/order', spot))).toMatchObject({ code: -2011 });
    expect(bodyOf(await venue.order({ quantity: '0.01', newClientOrderId: 'sig-1' }))).toMatchObject({ status: 'FILLED' });
  });

  it('below the minimum is taken when it only reduces', async () => {
    const venue = venueInMemory();
    await order(venue, { symbol: 'ETHUSDT', quantity: '0.01' });
    const reduce = { symbol: 'ETHUSDT', side: 'SELL', quantity: '0.002' };
    expect(bodyOf(await order(venue, reduce))).toMatchObject({ code: -4164 });
    expect(bodyOf(await order(venue, { ...reduce, reduceOnly: 'true' }))).toMatchObject({ status: 'FILLED' });
  });

  it('needs no spot right, and reading needs the futures right too', async () => {
    const venue = venueInMemory();
    venue.openAccount({ apiKey: 'derivatives', apiSecret: 's', permissions: { trade: false } });
    venue.openAccount({ apiKey: 'spot', apiSecret: 's', permissions: { futures: false } });
    const as = (apiKey: string) => ({ apiKey, secret: 's' });
    const market = { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: '0.01' };
    expect(await venue.signed('POST', '/fapi/v1/order', market, as('derivatives'))).toMatchObject({ status: 200 });
    expect(await venue.signed('GET', '/fapi/v3/account', {}, as('spot'))).toMatchObject({ status: 401, body: { code: -2015 } });
    expect(await venue.signed('GET', '/api/v3/account', {}, as('spot'))).toMatchObject({ status: 200 });
  });
});

describe('faults meet a USDM order as they meet one of spot', () => {
  it('hide-order: look-ups and lists do not know it for a while, a cancel does', async () => {
    const venue = venueInMemory();
    venue.fault({ kind: 'hide-order', path: '/fapi/v1/order', method: 'POST', params: { ms: 3_000 } });
    await order(venue, { ...limit, newClientOrderId: 'sig-1' });
    expect(bodyOf(await lookUp(venue, sig1))).toMatchObject({ code: -2013 });
    expect(rows(await venue.signed('GET', '/fapi/v1/openOrders'))).toEqual([]);
    venue.clock.advance(3_000);
    expect(bodyOf(await lookUp(venue, sig1))).toMatchObject({ status: 'NEW' });
  });

  it('accept-late: it enters although its window has passed, even if a second look is asked for, because USDM has none', async () => {
    const venue = venueInMemory();
    venue.fault({ kind: 'accept-late', params: { ms: 20_000, recheck: true } });
    expect(await order(venue, { newClientOrderId: 'sig-1', recvWindow: 1_000 })).toBe('cut');
    expect(bodyOf(await lookUp(venue, sig1))).toMatchObject({ code: -2013 });
    venue.clock.advance(20_000);
    expect(bodyOf(await lookUp(venue, sig1))).toMatchObject({ status: 'FILLED' });
  });

  it('accept-then-drop: it is there, and the same id while it waits is a duplicate', async () => {
    const venue = venueInMemory();
    venue.fault({ kind: 'accept-then-drop' });
    const named = { ...limit, newClientOrderId: 'sig-1' };
    expect(await order(venue, named)).toBe('cut');
    expect(bodyOf(await order(venue, named))).toMatchObject({ code: -4116 });
    expect(venue.book()).toHaveLength(1);
  });

  it('partial-fill: a market order expires with what it got, a limit waits for the rest', async () => {
    const venue = venueInMemory();
    venue.fault({ kind: 'partial-fill', times: 2 });
    expect(bodyOf(await order(venue, { quantity: '0.02' }))).toMatchObject({ status: 'EXPIRED', executedQty: '0.010' });
    const resting = await order(venue, { ...limit, price: '60000', quantity: '0.02', newClientOrderId: 'sig-1' });
    expect(bodyOf(resting)).toMatchObject({ status: 'PARTIALLY_FILLED', executedQty: '0.010' });
    venue.setPrice('BTCUSDT', '59000');
    expect(bodyOf(await lookUp(venue, sig1))).toMatchObject({ status: 'FILLED', executedQty: '0.020' });
  });
});

describe('limits of USDM', () => {
  const usdm = (about: object) => ({
    limits: { usdm: { weightPerMinute: 2_400, orders: { per10Seconds: 300, perMinute: 1_200 }, ...about } },
  });
  const weightAfter = async (path: string, parameters: Parameters = {}): Promise<unknown> => {
    const seen = await venueInMemory().signed('GET', path, parameters);
    return seen === 'cut' ? seen : seen.headers['x-mbx-used-weight-1m'];
  };

  it('weigh every read as documented', async () => {
    const symbol = { symbol: 'BTCUSDT' };
    const weights = [
      ['/fapi/v1/openOrders', symbol, '1'],
      ['/fapi/v1/openOrders', {}, '40'],
      ['/fapi/v3/account', {}, '5'],
      ['/fapi/v3/positionRisk', {}, '5'],
      ['/fapi/v1/symbolConfig', {}, '5'],
      ['/fapi/v1/leverageBracket', {}, '1'],
      ['/fapi/v1/positionSide/dual', {}, '30'],
    ] as const;
    for (const [path, parameters, weight] of weights) expect([path, await weightAfter(path, parameters)]).toEqual([path, weight]);
  });

  it('count orders for the account and nothing for the address, and keep both to themselves', async () => {
    const venue = venueInMemory(usdm({ weightPerMinute: 1 }));
    await order(venue);
    expect(await order(venue)).toMatchObject({
      status: 200,
      headers: { 'x-mbx-used-weight-1m': '0', 'x-mbx-order-count-10s': '2', 'x-mbx-order-count-1m': '2' },
    });
    await venue.raw('GET', '/fapi/v1/ping', {});
    const refused = await venue.raw('GET', '/fapi/v1/ping', {});
    expect(refused).toMatchObject({ status: 429, headers: { 'retry-after': expect.stringMatching(/^\d+$/) } });
    expect(await venue.raw('GET', '/api/v3/ping', {})).toMatchObject({ status: 200, headers: { 'x-mbx-used-weight-1m': '1' } });
  });
});

describe('a USDM account', () => {
  it('in hedge mode from the start lists both sides of a busy symbol', async () => {
    const venue = venueInMemory();
    venue.openAccount({ apiKey: 'hedger', apiSecret: 's', positionMode: 'hedge', leverage: 50 });
    const as = { apiKey: 'hedger', secret: 's' };
    const short = { symbol: 'BTCUSDT', side: 'SELL', positionSide: 'SHORT', type: 'MARKET', quantity: '0.02' };
    await venue.signed('POST', '/fapi/v1/order', short, as);
    expect(rows(await venue.signed('GET', '/fapi/v3/positionRisk', {}, as))).toMatchObject([
      { positionSide: 'LONG', positionAmt: '0.000' },
      { positionSide: 'SHORT', positionAmt: '-0.020', notional: '-1200.00000000', initialMargin: '24.00000000' },
    ]);
  });

  it('is valued at the mark price, and trades at the price', async () => {
    const venue = venueInMemory();
    await order(venue, { quantity: '0.1' });
    venue.setMark('BTCUSDT', '60000', '61000');
    const [position] = rows(await venue.signed('GET', '/fapi/v3/positionRisk'));
    expect(position).toMatchObject({ markPrice: '61000.00000000', unRealizedProfit: '100.00000000' });
    expect(bodyOf(await order(venue, { side: 'SELL', quantity: '0.1' }))).toMatchObject({ status: 'FILLED' });
    expect(bodyOf(await venue.signed('GET', '/fapi/v3/account'))).toMatchObject({
      totalWalletBalance: '99994.00000000',
      availableBalance: '99994.00000000',
      positions: [],
    });
  });

  it('keeps an isolated position in a wallet of its own', async () => {
    const venue = venueInMemory();
    await venue.signed('POST', '/fapi/v1/marginType', { symbol: 'BTCUSDT', marginType: 'ISOLATED' });
    await order(venue, { quantity: '0.1' });
    venue.setPrice('BTCUSDT', '61000');
    const [position] = rows(await venue.signed('GET', '/fapi/v3/positionRisk'));
    expect(position).toMatchObject({ isolatedWallet: '300.00000000', isolatedMargin: '400.00000000' });
    expect(bodyOf(await venue.signed('GET', '/fapi/v3/account'))).toMatchObject({
      totalCrossWalletBalance: '99697.00000000',
      totalCrossUnPnl: '0.00000000',
    });
  });
});
