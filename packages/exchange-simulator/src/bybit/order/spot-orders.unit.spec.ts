import { describe, expect, it } from 'vitest';
import { bybitInMemory } from '../../testing/bybit-in-memory.js';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/;
const limit = { orderType: 'Limit', price: '59000' };

describe('a market order on spot', () => {
  it('is answered with its two ids only, and is filled when it is looked up', async () => {
    const venue = bybitInMemory();
    const answer = await venue.spot({ orderLinkId: 'mine' });
    expect(answer).toMatchObject({
      retCode: 0,
      retMsg: 'OK',
      result: { orderId: expect.stringMatching(uuid), orderLinkId: 'mine' },
    });
    expect(Object.keys(answer.result)).toEqual(['orderId', 'orderLinkId']);
    expect(await venue.state('spot', 'mine')).toMatchObject({
      orderId: answer.result['orderId'],
      orderStatus: 'Filled',
      orderType: 'Market',
      timeInForce: 'IOC',
      price: '63000',
      avgPrice: '60000',
      cumExecQty: '0.01',
      cumExecValue: '600',
      leavesQty: '0',
      rejectReason: 'EC_NoError',
      cumFeeDetail: { BTC: '0.00001' },
    });
  });

  it('buys for an amount of quote, unless it says otherwise, and sells an amount of base', async () => {
    const venue = bybitInMemory();
    await venue.order({ qty: '600', orderLinkId: 'buy' });
    expect(await venue.state('spot', 'buy')).toMatchObject({ qty: '600', marketUnit: 'quoteCoin', cumExecQty: '0.01' });
    await venue.order({ side: 'Sell', qty: '0.01', orderLinkId: 'sell' });
    expect(await venue.state('spot', 'sell')).toMatchObject({ qty: '0.01', marketUnit: 'baseCoin', cumExecQty: '0.01' });
    await venue.order({ side: 'Sell', qty: '600', marketUnit: 'quoteCoin', orderLinkId: 'sell-for' });
    expect(await venue.state('spot', 'sell-for')).toMatchObject({ qty: '600', marketUnit: 'quoteCoin', cumExecQty: '0.01' });
    expect(venue.free('spot', 'BTC')).toBe('0.98999');
  });

  it('that fills in part ends as PartiallyFilledCanceled', async () => {
    const venue = bybitInMemory();
    venue.fault({ kind: 'partial-fill', params: { share: '0.4' } });
    await venue.spot({ orderLinkId: 'part' });
    expect(await venue.state('spot', 'part')).toMatchObject({
      orderStatus: 'PartiallyFilledCanceled',
      cumExecQty: '0.004',
      leavesQty: '0',
      rejectReason: 'EC_NoImmediateQtyToFill',
    });
  });
});

describe('a limit order on spot', () => {
  it('waits with what it needs set aside, fills at its price, and pays as maker', async () => {
    const venue = bybitInMemory();
    await venue.spot({ ...limit, orderLinkId: 'low' });
    expect(await venue.state('spot', 'low')).toMatchObject({
      orderStatus: 'New',
      timeInForce: 'GTC',
      leavesQty: '0.01',
      avgPrice: '',
    });
    expect(venue.free('spot', 'USDT')).toBe('99410');
    venue.setPrice('BTCUSDT', '58000');
    expect(await venue.state('spot', 'low')).toMatchObject({ orderStatus: 'Filled', avgPrice: '59000' });
    expect(await venue.listOf('/v5/execution/list', { category: 'spot' })).toMatchObject([{ isMaker: true, execPrice: '59000' }]);
  });

  it.each(['IOC', 'FOK'])('that cannot fill at once with %s is cancelled by the venue', async (timeInForce) => {
    const venue = bybitInMemory();
    await venue.spot({ ...limit, timeInForce, orderLinkId: 'now' });
    expect(await venue.state('spot', 'now')).toMatchObject({ orderStatus: 'Cancelled', rejectReason: 'EC_NoImmediateQtyToFill' });
    expect(venue.free('spot', 'USDT')).toBe('100000');
  });

  it('that is post-only and would trade is taken and then cancelled', async () => {
    const venue = bybitInMemory();
    expect(await venue.spot({ ...limit, price: '61000', timeInForce: 'PostOnly', orderLinkId: 'maker' })).toMatchObject({
      retCode: 0,
    });
    expect(await venue.state('spot', 'maker')).toMatchObject({
      orderStatus: 'Cancelled',
      rejectReason: 'EC_PostOnlyWillTakeLiquidity',
      timeInForce: 'PostOnly',
    });
    await venue.spot({ ...limit, timeInForce: 'PostOnly', orderLinkId: 'rests' });
    expect(await venue.state('spot', 'rests')).toMatchObject({ orderStatus: 'New' });
  });

  it('is cancelled by either id, once', async () => {
    const venue = bybitInMemory();
    const { result } = await venue.spot({ ...limit, orderLinkId: 'one' });
    await venue.spot({ ...limit, orderLinkId: 'two' });
    const cancel = (name: object) => venue.post('/v5/order/cancel', { category: 'spot', symbol: 'BTCUSDT', ...name });
    expect(await cancel({ orderId: result['orderId'], orderFilter: 'Order' })).toMatchObject({ retCode: 0, result });
    expect(await cancel({ orderLinkId: 'two' })).toMatchObject({ retCode: 0, result: { orderLinkId: 'two' } });
    expect(await cancel({ orderLinkId: 'two' })).toMatchObject({ retCode: 170213, retMsg: 'Order does not exist.' });
    expect(await venue.state('spot', 'one')).toMatchObject({
      orderStatus: 'Cancelled',
      cancelType: 'CancelByUser',
      rejectReason: 'EC_PerCancelRequest',
    });
    expect(venue.free('spot', 'USDT')).toBe('100000');
  });
});

describe('a conditional order on spot', () => {
  it.each([
    ['tpslOrder', 'Sell', '58000', '57999'],
    ['tpslOrder', 'Sell', '62000', '62001'],
    ['StopOrder', 'Buy', '61000', '61000'],
    ['StopOrder', 'Buy', '59000', '58000'],
  ])('%s to %s at %s is untriggered until the price is %s', async (orderFilter, side, triggerPrice, price) => {
    const venue = bybitInMemory();
    await venue.spot({ side, triggerPrice, orderFilter, orderLinkId: 'stop' });
    expect(await venue.state('spot', 'stop')).toMatchObject({ orderStatus: 'Untriggered', triggerPrice });
    venue.setPrice('BTCUSDT', price);
    expect(await venue.state('spot', 'stop')).toMatchObject({ orderStatus: 'Filled', avgPrice: price });
  });

  it('is cancelled only under its own filter, and then is Deactivated', async () => {
    const venue = bybitInMemory();
    await venue.spot({ side: 'Sell', triggerPrice: '58000', orderFilter: 'tpslOrder', orderLinkId: 'stop' });
    const body = { category: 'spot', symbol: 'BTCUSDT', orderLinkId: 'stop' };
    expect(await venue.post('/v5/order/cancel', body)).toMatchObject({ retCode: 170213 });
    expect(await venue.post('/v5/order/cancel-all', { category: 'spot' })).toMatchObject({ result: { list: [], success: '1' } });
    expect(await venue.post('/v5/order/cancel', { ...body, orderFilter: 'tpslOrder' })).toMatchObject({ retCode: 0 });
    expect(await venue.state('spot', 'stop')).toMatchObject({ orderStatus: 'Deactivated' });
  });
});

describe('an orderLinkId on spot', () => {
  it.each(['filled', 'cancelled', 'rejected'])('is not taken again after its order was %s', async (end) => {
    const venue = bybitInMemory();
    if (end === 'rejected') venue.fault({ kind: 'reject-after-accept' });
    await venue.spot(end === 'cancelled' ? { ...limit, orderLinkId: 'once' } : { orderLinkId: 'once' });
    if (end === 'cancelled') await venue.post('/v5/order/cancel', { category: 'spot', symbol: 'BTCUSDT', orderLinkId: 'once' });
    expect(await venue.spot({ orderLinkId: 'once' })).toMatchObject({ retCode: 170141, retMsg: 'Duplicate clientOrderId' });
    expect(venue.book()).toHaveLength(1);
  });

  it('may be left out, again and again, and is empty then', async () => {
    const venue = bybitInMemory();
    expect(await venue.spot({})).toMatchObject({ retCode: 0, result: { orderLinkId: '' } });
    expect(await venue.spot({})).toMatchObject({ retCode: 0, result: { orderLinkId: '' } });
    expect(venue.book()).toMatchObject([{ clientOrderId: '' }, { clientOrderId: '' }]);
  });

  it.each(['a b', 'ä', 'x'.repeat(37), '~x'])('%j is refused', async (orderLinkId) => {
    expect(await bybitInMemory().spot({ orderLinkId })).toMatchObject({
      retCode: 10001,
      retMsg: 'params error: OrderLinkId invalid',
    });
  });
});

describe('an order that is acknowledged and then rejected', () => {
  it('is found with its reason and has moved no money', async () => {
    const venue = bybitInMemory();
    venue.fault({ kind: 'reject-after-accept', params: { message: 'EC_InvalidSymbolStatus' } });
    expect(await venue.spot({ orderLinkId: 'gone' })).toMatchObject({ retCode: 0, result: { orderLinkId: 'gone' } });
    expect(await venue.state('spot', 'gone')).toMatchObject({
      orderStatus: 'Rejected',
      rejectReason: 'EC_InvalidSymbolStatus',
      cumExecQty: '0',
      leavesQty: '0',
    });
    expect(venue.free('spot', 'USDT')).toBe('100000');
    expect(venue.book()).toMatchObject([{ status: 'rejected', clientOrderId: 'gone', market: 'spot' }]);
  });
});

describe('the control API', () => {
  it('shows the book of Bybit with the names of every venue', async () => {
    const venue = bybitInMemory();
    const { result } = await venue.spot({ orderLinkId: 'mine' });
    expect(venue.book()).toEqual([
      {
        exchange: 'bybit',
        market: 'spot',
        apiKey: 'abcdefghijklmnopqr',
        symbol: 'BTCUSDT',
        side: 'buy',
        type: 'market',
        amount: '0.01',
        price: '60000',
        status: 'filled',
        filled: '0.01',
        averagePrice: '60000',
        clientOrderId: 'mine',
        orderId: result['orderId'],
        receivedAt: new Date(venue.clock.now()).toISOString(),
      },
    ]);
  });
});
