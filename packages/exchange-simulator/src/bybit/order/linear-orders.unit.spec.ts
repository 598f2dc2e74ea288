import { describe, expect, it } from 'vitest';
import { bybitInMemory } from '../../testing/bybit-in-memory.js';

const limit = { orderType: 'Limit', price: '59000' };
type Venue = ReturnType<typeof bybitInMemory>;
const position = async (venue: Venue, symbol = 'BTCUSDT') => venue.listOf('/v5/position/list', { category: 'linear', symbol });
const mode = (venue: Venue, value: 0 | 3, symbol = 'BTCUSDT') =>
  venue.post('/v5/position/switch-mode', { category: 'linear', symbol, mode: value });

describe('a market order on linear', () => {
  it('is answered with its two ids only, opens a position and pays the taker fee in the settle coin', async () => {
    const venue = bybitInMemory();
    const answer = await venue.linear({ orderLinkId: 'long' });
    expect(Object.keys(answer.result)).toEqual(['orderId', 'orderLinkId']);
    expect(await venue.state('linear', 'long')).toMatchObject({
      orderStatus: 'Filled',
      positionIdx: 0,
      avgPrice: '60000',
      cumExecQty: '0.01',
      cumExecFee: '0.33',
      cumFeeDetail: { USDT: '0.33' },
      createType: 'CreateByUser',
      tpslMode: 'Full',
      reduceOnly: false,
    });
    expect(await position(venue)).toMatchObject([
      { positionIdx: 0, side: 'Buy', size: '0.01', avgPrice: '60000', leverage: '10' },
    ]);
  });

  it('that reduces only is cut to the position, and refused without one', async () => {
    const venue = bybitInMemory();
    expect(await venue.linear({ side: 'Sell', reduceOnly: true })).toMatchObject({
      retCode: 110017,
      retMsg: 'current position is zero, cannot fix reduce-only order qty',
    });
    await venue.linear({});
    await venue.linear({ side: 'Sell', qty: '0.05', reduceOnly: true, orderLinkId: 'close' });
    expect(await venue.state('linear', 'close')).toMatchObject({ orderStatus: 'Filled', qty: '0.01', reduceOnly: true });
    expect(await position(venue)).toMatchObject([{ side: '', size: '0' }]);
    expect(await venue.linear({ reduceOnly: true })).toMatchObject({ retCode: 110017 });
  });

  it('needs no minimum value to reduce', async () => {
    const venue = bybitInMemory();
    venue.setPrice('BTCUSDT', '4000');
    await venue.linear({ qty: '0.002' });
    expect(await venue.linear({ qty: '0.001' })).toMatchObject({
      retCode: 110094,
      retMsg: 'Order does not meet minimum order value 5USDT',
    });
    expect(await venue.linear({ side: 'Sell', qty: '0.001', reduceOnly: true })).toMatchObject({ retCode: 0 });
  });

  it('that fills in part ends as Cancelled and keeps what it got', async () => {
    const venue = bybitInMemory();
    venue.fault({ kind: 'partial-fill', params: { share: '0.4' } });
    await venue.linear({ orderLinkId: 'part' });
    expect(await venue.state('linear', 'part')).toMatchObject({ orderStatus: 'Cancelled', cumExecQty: '0.004', leavesQty: '0' });
    expect(await position(venue)).toMatchObject([{ size: '0.004' }]);
  });

  it('that is acknowledged and then rejected leaves no position', async () => {
    const venue = bybitInMemory();
    venue.fault({ kind: 'reject-after-accept' });
    expect(await venue.linear({ orderLinkId: 'gone' })).toMatchObject({ retCode: 0 });
    expect(await venue.state('linear', 'gone')).toMatchObject({
      orderStatus: 'Rejected',
      rejectReason: 'EC_Others',
      qty: '0.01',
    });
    expect(await position(venue)).toMatchObject([{ size: '0' }]);
    expect(await venue.linear({ orderLinkId: 'gone' })).toMatchObject({ retCode: 110072 });
  });
});

describe('positionIdx', () => {
  const wrong = { retCode: 10001, retMsg: 'params error: position idx not match position mode' };

  it('must be 0 in one-way mode', async () => {
    const venue = bybitInMemory();
    expect(await venue.linear({ positionIdx: 1 })).toMatchObject(wrong);
    expect(await venue.linear({ positionIdx: 2, side: 'Sell' })).toMatchObject(wrong);
    expect(await venue.linear({ positionIdx: 0 })).toMatchObject({ retCode: 0 });
  });

  it('must be 1 or 2 in hedge mode, and keeps a long and a short side beside each other', async () => {
    const venue = bybitInMemory();
    await mode(venue, 3);
    expect(await venue.linear({})).toMatchObject(wrong);
    expect(await venue.linear({ positionIdx: 3 })).toMatchObject({ retCode: 10001 });
    await venue.linear({ positionIdx: 1, qty: '0.02' });
    await venue.linear({ positionIdx: 2, side: 'Sell' });
    expect(await position(venue)).toMatchObject([
      { positionIdx: 1, side: 'Buy', size: '0.02' },
      { positionIdx: 2, side: 'Sell', size: '0.01' },
    ]);
    await venue.linear({ positionIdx: 1, side: 'Sell', qty: '0.02', reduceOnly: true });
    expect(await position(venue)).toMatchObject([{ positionIdx: 1, side: '', size: '0' }, { size: '0.01' }]);
  });
});

describe('a limit order on linear', () => {
  it('waits, fills when the price comes, and pays as maker', async () => {
    const venue = bybitInMemory();
    await venue.linear({ ...limit, orderLinkId: 'low' });
    expect(await venue.state('linear', 'low')).toMatchObject({ orderStatus: 'New', leavesQty: '0.01', leavesValue: '590' });
    venue.setPrice('BTCUSDT', '58000');
    expect(await venue.state('linear', 'low')).toMatchObject({ orderStatus: 'Filled', avgPrice: '59000', cumExecFee: '0.118' });
  });

  it('that is post-only and would trade is taken and then cancelled', async () => {
    const venue = bybitInMemory();
    expect(await venue.linear({ ...limit, price: '61000', timeInForce: 'PostOnly', orderLinkId: 'maker' })).toMatchObject({
      retCode: 0,
    });
    expect(await venue.state('linear', 'maker')).toMatchObject({
      orderStatus: 'Cancelled',
      rejectReason: 'EC_PostOnlyWillTakeLiquidity',
    });
  });

  it('is cancelled with all others of its symbol, its coin or its settle coin, but not without saying which', async () => {
    const venue = bybitInMemory();
    const all = (about: object) => venue.post('/v5/order/cancel-all', { category: 'linear', ...about });
    const open = async () => (await venue.listOf('/v5/order/realtime', { category: 'linear', settleCoin: 'USDT' })).length;
    for (const [symbol, price] of [
      ['BTCUSDT', '59000'],
      ['ETHUSDT', '2900'],
      ['SOLUSDT', '140'],
    ]) {
      await venue.linear({ ...limit, symbol, price, qty: '1' });
    }
    expect(await all({})).toMatchObject({ retCode: 10001 });
    expect(await all({ symbol: 'BTCUSDT' })).toMatchObject({ result: { success: '1', list: [{ orderLinkId: '' }] } });
    expect(await all({ baseCoin: 'ETH' })).toMatchObject({ result: { list: [{}] } });
    expect(await open()).toBe(1);
    await all({ settleCoin: 'USDT' });
    expect(await open()).toBe(0);
    expect(venue.free('linear', 'USDT')).toBe('100000');
  });
});

describe('a conditional order on linear', () => {
  it.each([
    [1, '61000', '61000'],
    [2, '59000', '58900'],
  ])('in direction %i at %s waits for the price %s', async (triggerDirection, triggerPrice, price) => {
    const venue = bybitInMemory();
    await venue.linear({ triggerDirection, triggerPrice, orderLinkId: 'stop' });
    expect(await venue.state('linear', 'stop')).toMatchObject({
      orderStatus: 'Untriggered',
      stopOrderType: 'Stop',
      triggerDirection,
      triggerPrice,
    });
    venue.setPrice('BTCUSDT', price);
    expect(await venue.state('linear', 'stop')).toMatchObject({ orderStatus: 'Filled', avgPrice: price });
  });

  it('is refused without a direction, and when the price has passed already', async () => {
    const venue = bybitInMemory();
    expect(await venue.linear({ triggerPrice: '61000' })).toMatchObject({ retCode: 10001 });
    expect(await venue.linear({ triggerPrice: '61000', triggerDirection: 2 })).toMatchObject({
      retCode: 10001,
      retMsg: expect.stringMatching(/expect Falling/),
    });
  });

  it('is cancelled like any other, and then is Deactivated', async () => {
    const venue = bybitInMemory();
    await venue.linear({ triggerDirection: 1, triggerPrice: '61000', orderLinkId: 'stop' });
    await venue.post('/v5/order/cancel', { category: 'linear', symbol: 'BTCUSDT', orderLinkId: 'stop' });
    expect(await venue.state('linear', 'stop')).toMatchObject({ orderStatus: 'Deactivated', cancelType: 'CancelByUser' });
  });
});

describe('an orderLinkId on linear', () => {
  it('is not taken again, and is another one on spot', async () => {
    const venue = bybitInMemory();
    await venue.linear({ orderLinkId: 'once' });
    expect(await venue.linear({ orderLinkId: 'once' })).toMatchObject({ retCode: 110072, retMsg: 'OrderLinkedID is duplicate' });
    expect(await venue.spot({ orderLinkId: 'once' })).toMatchObject({ retCode: 0 });
    expect(venue.book().map(({ market }) => market)).toEqual(['linear', 'spot']);
  });

  it('of an order that enters late stays one order, whoever comes second', async () => {
    const venue = bybitInMemory();
    venue.fault({ kind: 'accept-late', params: { ms: 1_000 } });
    const body = { category: 'linear', symbol: 'BTCUSDT', side: 'Buy', orderType: 'Market', qty: '0.01', orderLinkId: 'once' };
    expect(await venue.sent('POST', '/v5/order/create', body)).toBe('cut');
    expect(await venue.state('linear', 'once')).toEqual({});
    expect(await venue.linear({ orderLinkId: 'once' })).toMatchObject({ retCode: 0 });
    venue.clock.advance(1_000);
    expect(venue.book()).toHaveLength(1);
  });
});
