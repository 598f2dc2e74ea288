import { describe, expect, it } from 'vitest';
import { openedSocket } from '../../../testing/socket-in-memory.js';
import { follower, venueInMemory, type Seen } from '../../../testing/venue-in-memory.js';
import type { Parameters } from '../../../testing/signed-client.js';

type Venue = ReturnType<typeof venueInMemory>;

const path = '/fapi/v1/algoOrder';
const stop = {
  algoType: 'CONDITIONAL',
  symbol: 'BTCUSDT',
  side: 'SELL',
  type: 'STOP_MARKET',
  quantity: '0.01',
  triggerPrice: '58000',
};
const place = (venue: Venue, about: Parameters = {}): Promise<Seen> =>
  venue.signed('POST', path, { ...stop, clientAlgoId: 'mine', ...about });
/** Fields of `about` that are undefined are not sent. */
const placeWithout = (venue: Venue, without: readonly string[], about: Parameters = {}): Promise<Seen> =>
  venue.signed(
    'POST',
    path,
    Object.fromEntries(Object.entries({ ...stop, clientAlgoId: 'mine', ...about }).filter(([name]) => !without.includes(name))),
  );
const query = (venue: Venue, clientAlgoId = 'mine') => venue.signed('GET', path, { clientAlgoId });
const plain = (venue: Venue, about: Parameters) =>
  venue.signed('POST', '/fapi/v1/order', { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: '0.02', ...about });
const bodyOf = async (answer: Promise<Seen>) => {
  const seen = await answer;
  return seen === 'cut' ? {} : seen.body;
};
const listening = async () => {
  const venue = venueInMemory();
  const { listenKey } = await bodyOf(venue.raw('POST', '/fapi/v1/listenKey', { apiKey: follower.apiKey }));
  const socket = await openedSocket(venue.sockets, `/private/ws?listenKey=${String(listenKey)}`);
  const told = (): readonly string[] =>
    socket.frames
      .filter(({ e }) => e === 'ALGO_UPDATE' || e === 'ORDER_TRADE_UPDATE' || e === 'CONDITIONAL_ORDER_TRIGGER_REJECT')
      .map(({ e, o }) => `${String(e)} ${(o as { X?: string } | undefined)?.X ?? ''}`.trim());
  return { venue, socket, told };
};

describe('a new conditional order', () => {
  it('waits apart from the order book, and reserves nothing', async () => {
    const venue = venueInMemory();
    const before = await bodyOf(venue.signed('GET', '/fapi/v3/account'));
    expect(await place(venue)).toMatchObject({
      status: 200,
      headers: { 'x-mbx-order-count-10s': '1' },
      body: {
        clientAlgoId: 'mine',
        algoType: 'CONDITIONAL',
        orderType: 'STOP_MARKET',
        algoStatus: 'NEW',
        side: 'SELL',
        positionSide: 'BOTH',
        quantity: '0.010',
        triggerPrice: '58000.00',
        price: '0',
        closePosition: false,
        reduceOnly: false,
        workingType: 'CONTRACT_PRICE',
        triggerTime: 0,
      },
    });
    expect(venue.book()).toEqual([]);
    expect(await bodyOf(venue.signed('GET', '/fapi/v1/openOrders', { symbol: 'BTCUSDT' }))).toEqual([]);
    expect(await bodyOf(venue.signed('GET', '/fapi/v3/account'))).toEqual(before);
  });

  it('is found by either id, and listed apart from plain orders', async () => {
    const venue = venueInMemory();
    const { algoId } = await bodyOf(place(venue));
    await plain(venue, { type: 'LIMIT', timeInForce: 'GTC', price: '59000', newClientOrderId: 'plain' });
    expect(await query(venue)).toMatchObject({ body: { algoId, actualOrderId: '', actualPrice: '0.00000' } });
    expect(await venue.signed('GET', path, { algoId: String(algoId) })).toMatchObject({ body: { clientAlgoId: 'mine' } });
    for (const list of ['openAlgoOrders', 'allAlgoOrders'])
      expect(await bodyOf(venue.signed('GET', `/fapi/v1/${list}`, { symbol: 'BTCUSDT' }))).toMatchObject([{ algoId }]);
    expect(await bodyOf(venue.signed('GET', '/fapi/v1/openOrders', { symbol: 'BTCUSDT' }))).toMatchObject([
      { clientOrderId: 'plain' },
    ]);
    expect(await venue.signed('GET', '/fapi/v1/order', { symbol: 'BTCUSDT', origClientOrderId: 'mine' })).toMatchObject({
      body: { code: -2013 },
    });
  });

  it('outlives the cancelling of all plain orders, and plain orders outlive the cancelling of all conditional ones', async () => {
    const venue = venueInMemory();
    await place(venue);
    await plain(venue, { type: 'LIMIT', timeInForce: 'GTC', price: '59000', newClientOrderId: 'plain' });
    await venue.signed('DELETE', '/fapi/v1/allOpenOrders', { symbol: 'BTCUSDT' });
    expect(await query(venue)).toMatchObject({ body: { algoStatus: 'NEW' } });
    await plain(venue, { type: 'LIMIT', timeInForce: 'GTC', price: '59000', newClientOrderId: 'next' });
    expect(await venue.signed('DELETE', '/fapi/v1/algoOpenOrders', { symbol: 'BTCUSDT' })).toMatchObject({
      body: { code: 200, msg: 'success' },
    });
    expect(await query(venue)).toMatchObject({ body: { algoStatus: 'CANCELED' } });
    expect(venue.book()).toMatchObject([{ status: 'canceled' }, { clientOrderId: 'next', status: 'new' }]);
  });

  it.each([
    ['a trigger that has been reached', -2021, { triggerPrice: '60000' }, []],
    ['an id that is open', -4116, { clientAlgoId: 'open' }, []],
    ['no trigger', -1102, {}, ['triggerPrice']],
    ['no quantity', -1102, {}, ['quantity']],
    ['no algo type', -1102, {}, ['algoType']],
    ['a price without a limit', -1106, { price: '58000' }, []],
    ['a limit without a price', -1102, { type: 'STOP' }, []],
    ['a plain type', -1116, { type: 'MARKET' }, []],
    ['a trigger off the tick', -4014, { triggerPrice: '58000.05' }, []],
    ['a quantity off the step', -4023, { quantity: '0.0105' }, []],
    ['too little worth', -4164, { quantity: '0.001', triggerPrice: '40000', type: 'STOP_MARKET' }, []],
    ['a side of hedge mode', -4061, { positionSide: 'LONG' }, []],
    ['a quantity with closePosition', -4137, { closePosition: 'true' }, []],
    ['reduceOnly with closePosition', -1106, { closePosition: 'true', reduceOnly: 'true' }, ['quantity']],
    ['closePosition at a limit', -4136, { type: 'STOP', price: '58000', closePosition: 'true' }, ['quantity']],
    ['a second closePosition of its kind', -4130, { closePosition: 'true' }, ['quantity']],
    ['an unknown parameter', -1104, { colour: 'red' }, []],
    ['too long an id', -4015, { clientAlgoId: 'x'.repeat(37) }, []],
  ])('is refused: %s', async (_what, code, about, without) => {
    const venue = venueInMemory();
    await place(venue, { clientAlgoId: 'open' });
    await placeWithout(venue, ['quantity'], { closePosition: 'true', clientAlgoId: 'closes' });
    const before = venue.world.algoBook.all().length;
    expect(await placeWithout(venue, without, about)).toMatchObject({ status: 400, body: { code } });
    expect(venue.world.algoBook.all()).toHaveLength(before);
  });

  it('says that trailing stops are not played', async () => {
    expect(await placeWithout(venueInMemory(), [], { type: 'TRAILING_STOP_MARKET' })).toMatchObject({ status: 501 });
  });
});

describe('the price', () => {
  it.each([
    ['SELL', 'STOP_MARKET', '58000', '58000'],
    ['BUY', 'STOP_MARKET', '62000', '62500'],
    ['BUY', 'TAKE_PROFIT_MARKET', '58000', '57000'],
    ['SELL', 'TAKE_PROFIT_MARKET', '62000', '62000'],
  ])('brings the order of a %s %s at %s', async (side, type, triggerPrice, price) => {
    const venue = venueInMemory();
    await place(venue, { side, type, triggerPrice });
    venue.setPrice('BTCUSDT', '60000.1');
    expect(venue.book()).toEqual([]);
    venue.setPrice('BTCUSDT', price);
    expect(venue.book()).toMatchObject([{ side: side.toLowerCase(), type: 'market', status: 'filled', amount: '0.01' }]);
    const [child] = venue.book();
    expect(await query(venue)).toMatchObject({
      body: {
        algoStatus: 'FINISHED',
        actualOrderId: child?.['orderId'],
        actualType: 'MARKET',
        actualQty: '0.010',
        triggerTime: venue.clock.now(),
      },
    });
    expect(child?.['clientOrderId']).not.toBe('mine');
  });

  it('counts by the mark where the order says so', async () => {
    const venue = venueInMemory();
    await place(venue, { workingType: 'MARK_PRICE' });
    venue.setMark('BTCUSDT', '58000', '60000');
    expect(venue.book()).toEqual([]);
    venue.setMark('BTCUSDT', '60000', '58000');
    expect(venue.book()).toHaveLength(1);
  });

  it('brings a limit, which is followed to its end', async () => {
    const venue = venueInMemory();
    await place(venue, { type: 'STOP', price: '58500' });
    venue.setPrice('BTCUSDT', '58000');
    expect(venue.book()).toMatchObject([{ type: 'limit', price: '58500', status: 'new' }]);
    expect(await query(venue)).toMatchObject({ body: { algoStatus: 'TRIGGERED', actualQty: '0.000' } });
    expect(await bodyOf(venue.signed('GET', '/fapi/v1/openAlgoOrders', { symbol: 'BTCUSDT' }))).toEqual([]);
    expect(await venue.signed('DELETE', path, { clientAlgoId: 'mine' })).toMatchObject({ body: { code: -2011 } });
    venue.setPrice('BTCUSDT', '58500');
    expect(await query(venue)).toMatchObject({
      body: { algoStatus: 'FINISHED', actualQty: '0.010', actualPrice: '58500.00000' },
    });
  });

  it('closes what there is with closePosition, and nothing more', async () => {
    const venue = venueInMemory();
    await plain(venue, {});
    await placeWithout(venue, ['quantity'], { closePosition: 'true' });
    await plain(venue, { quantity: '0.03' });
    venue.setPrice('BTCUSDT', '58000');
    expect(venue.book().at(-1)).toMatchObject({ amount: '0.05', status: 'filled' });
    expect(await bodyOf(venue.signed('GET', '/fapi/v3/positionRisk'))).toEqual([]);
  });

  it('closes one side in hedge mode', async () => {
    const venue = venueInMemory();
    await venue.signed('POST', '/fapi/v1/positionSide/dual', { dualSidePosition: 'true' });
    await plain(venue, { positionSide: 'LONG' });
    await plain(venue, { positionSide: 'SHORT', side: 'SELL' });
    await placeWithout(venue, ['quantity'], { closePosition: 'true', positionSide: 'LONG' });
    venue.setPrice('BTCUSDT', '58000');
    expect(await bodyOf(venue.signed('GET', '/fapi/v3/positionRisk'))).toMatchObject([
      { positionSide: 'LONG', positionAmt: '0.000' },
      { positionSide: 'SHORT', positionAmt: '-0.020' },
    ]);
  });

  it.each([
    ['a reduce-only one without a position', { reduceOnly: 'true' }, 'ReduceOnly Order is rejected.'],
    ['one beyond the margin', { quantity: '500' }, /Exceeded|Margin/],
  ])('ends %s as rejected, and says why', async (_what, about, words) => {
    const { venue, socket, told } = await listening();
    await place(venue, about);
    venue.setPrice('BTCUSDT', '58000');
    expect(venue.book()).toEqual([]);
    expect(await query(venue)).toMatchObject({ body: { algoStatus: 'REJECTED', actualOrderId: '' } });
    expect(told()).toEqual([
      'ALGO_UPDATE NEW',
      'ALGO_UPDATE TRIGGERING',
      'ALGO_UPDATE REJECTED',
      'CONDITIONAL_ORDER_TRIGGER_REJECT',
    ]);
    expect(socket.frames.at(-2)).toMatchObject({ o: { rm: expect.stringMatching(words) } });
  });

  it('leaves a cancelled one alone', async () => {
    const venue = venueInMemory();
    const { algoId } = await bodyOf(place(venue));
    expect(await venue.signed('DELETE', path, { algoId: String(algoId), symbol: 'BTCUSDT' })).toMatchObject({
      body: { algoId, clientAlgoId: 'mine', code: '200', msg: 'success' },
    });
    venue.setPrice('BTCUSDT', '58000');
    expect(venue.book()).toEqual([]);
    expect(await place(venue, { triggerPrice: '57000' })).toMatchObject({ status: 200 });
  });
});

describe('its events', () => {
  it('lead over the child to the end, in order', async () => {
    const { venue, socket, told } = await listening();
    await place(venue);
    venue.setPrice('BTCUSDT', '58000');
    expect(told()).toEqual([
      'ALGO_UPDATE NEW',
      'ALGO_UPDATE TRIGGERING',
      'ALGO_UPDATE TRIGGERED',
      'ORDER_TRADE_UPDATE NEW',
      'ORDER_TRADE_UPDATE FILLED',
      'ALGO_UPDATE FINISHED',
    ]);
    const child = socket.frames.find(({ e }) => e === 'ORDER_TRADE_UPDATE') as { o: { i: number } };
    expect(socket.frames.filter(({ e }) => e === 'ALGO_UPDATE').map(({ o }) => (o as { ai: string }).ai)).toEqual([
      '',
      '',
      String(child.o.i),
      String(child.o.i),
    ]);
    expect(socket.frames.at(-1)).toMatchObject({
      o: { caid: 'mine', o: 'STOP_MARKET', aq: '0.010', ap: '58000.00000', act: 'MARKET' },
    });
  });

  it('may come after the fill of the child', async () => {
    const { venue, told } = await listening();
    await place(venue);
    venue.fault({ kind: 'stream-late', times: 3, params: { event: 'algo', ms: 1_000 } });
    venue.setPrice('BTCUSDT', '58000');
    expect(told()).toEqual(['ALGO_UPDATE NEW', 'ORDER_TRADE_UPDATE NEW', 'ORDER_TRADE_UPDATE FILLED']);
    venue.clock.advance(1_000);
    expect(told().slice(3)).toEqual(['ALGO_UPDATE TRIGGERING', 'ALGO_UPDATE TRIGGERED', 'ALGO_UPDATE FINISHED']);
  });

  it('tell of a cancel', async () => {
    const { venue, told } = await listening();
    await place(venue);
    await venue.signed('DELETE', path, { clientAlgoId: 'mine' });
    expect(told()).toEqual(['ALGO_UPDATE NEW', 'ALGO_UPDATE CANCELED']);
  });
});

describe('algo-stuck', () => {
  it('leaves an order triggering without a child, which nothing cancels: as on the demo venue', async () => {
    const venue = venueInMemory();
    await place(venue);
    venue.fault({ kind: 'algo-stuck', clientOrderId: 'mine' });
    venue.setPrice('BTCUSDT', '58000');
    expect(venue.book()).toEqual([]);
    expect(await query(venue)).toMatchObject({ body: { algoStatus: 'TRIGGERING', actualOrderId: '' } });
    expect(await venue.signed('DELETE', path, { clientAlgoId: 'mine' })).toMatchObject({ body: { code: -2011 } });
  });

  it('may end, and is refused elsewhere', async () => {
    const venue = venueInMemory();
    await place(venue);
    venue.fault({ kind: 'algo-stuck', params: { ms: 1_000 } });
    venue.setPrice('BTCUSDT', '58000');
    venue.clock.advance(1_000);
    expect(venue.book()).toMatchObject([{ status: 'filled' }]);
    expect(() => venue.fault({ kind: 'algo-stuck', path: '/fapi/v1/order' })).toThrow(/conditional orders of Binance USDM/);
    expect(() => venue.fault({ kind: 'algo-stuck', exchange: 'bybit' })).toThrow(/conditional orders of Binance USDM/);
  });
});
