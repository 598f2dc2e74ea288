import { describe, expect, it } from 'vitest';
import { bybitInMemory, startMs } from '../../testing/bybit-in-memory.js';
import { documentedBybitLimits } from '../limits.js';

const unlimited = {
  limits: {
    perSecond: { ...documentedBybitLimits.perSecond, '/v5/order/create': { spot: 9_999, linear: 9_999 } },
    requestsPer5Seconds: 99_999,
  },
};
type Venue = ReturnType<typeof bybitInMemory>;
const limit = { orderType: 'Limit', price: '59000' };
const ids = async (venue: Venue, path: string, about: object) =>
  (await venue.listOf(path, { category: 'spot', ...about })).map(({ orderLinkId }) => orderLinkId);
const realtime = (venue: Venue, about: object = {}) => ids(venue, '/v5/order/realtime', about);
const history = (venue: Venue, about: object = {}) => ids(venue, '/v5/order/history', about);
const cancel = (venue: Venue, orderLinkId: string) =>
  venue.post('/v5/order/cancel', { category: 'spot', symbol: 'BTCUSDT', orderLinkId });
const dayMs = 86_400_000;

const busy = async (): Promise<Venue> => {
  const venue = bybitInMemory();
  await venue.spot({ orderLinkId: 'filled' });
  await venue.spot({ ...limit, orderLinkId: 'open' });
  await venue.spot({ ...limit, orderLinkId: 'cancelled' });
  await cancel(venue, 'cancelled');
  return venue;
};

describe('realtime', () => {
  it('lists open orders, or by openOnly those that have ended', async () => {
    const venue = await busy();
    expect(await realtime(venue)).toEqual(['open']);
    expect(await realtime(venue, { openOnly: 0 })).toEqual(['open']);
    expect(await realtime(venue, { openOnly: 1 })).toEqual(['cancelled', 'filled']);
  });

  it('finds one by its id whatever openOnly says, and an unknown one as an empty list', async () => {
    const venue = await busy();
    expect(await realtime(venue, { openOnly: 0, orderLinkId: 'filled' })).toEqual(['filled']);
    expect(await realtime(venue, { openOnly: 1, orderLinkId: 'open' })).toEqual(['open']);
    const { orderId } = await venue.state('spot', 'filled');
    expect(await realtime(venue, { orderId, orderLinkId: 'open' })).toEqual(['filled']);
    expect(await venue.get('/v5/order/realtime', { category: 'spot', orderLinkId: 'nobody' })).toMatchObject({
      retCode: 0,
      result: { list: [] },
    });
  });

  it('ignores a name it does not know, and so answers with other orders', async () => {
    expect(await realtime(await busy(), { clientOrderId: 'filled' })).toEqual(['open']);
  });

  it('wants a symbol, base coin or settle coin for linear, unless an id is given', async () => {
    const venue = bybitInMemory();
    const ask = (about: object) => venue.get('/v5/order/realtime', { category: 'linear', ...about });
    expect(await ask({})).toMatchObject({ retCode: 10001 });
    for (const scope of [{ symbol: 'BTCUSDT' }, { baseCoin: 'BTC' }, { settleCoin: 'USDT' }, { orderLinkId: 'x' }])
      expect(await ask(scope)).toMatchObject({ retCode: 0 });
  });

  it('forgets what ended before the newest 500, which history still knows', async () => {
    const venue = bybitInMemory(unlimited);
    for (let placed = 0; placed < 501; placed += 1) await venue.spot({ qty: '0.0001', orderLinkId: `o-${placed}` });
    expect(await realtime(venue, { orderLinkId: 'o-0' })).toEqual([]);
    expect(await realtime(venue, { orderLinkId: 'o-1' })).toEqual(['o-1']);
    expect(await history(venue, { orderLinkId: 'o-0' })).toEqual(['o-0']);
  });

  it('turns pages, newest first', async () => {
    const venue = bybitInMemory();
    for (const name of ['a', 'b', 'c']) await venue.spot({ ...limit, orderLinkId: name });
    expect(await realtime(venue, { limit: 2 })).toEqual(['c', 'b']);
    const { result } = await venue.get('/v5/order/realtime', { category: 'spot', limit: 2 });
    expect(await realtime(venue, { limit: 2, cursor: result['nextPageCursor'] })).toEqual(['a']);
    expect((await venue.get('/v5/order/realtime', { category: 'spot' })).result).toMatchObject({ nextPageCursor: '' });
  });

  it('does not show an order that a fault hides', async () => {
    const venue = bybitInMemory();
    venue.fault({ kind: 'hide-order', params: { ms: 3_000 } });
    await venue.spot({ orderLinkId: 'late' });
    expect([...(await realtime(venue, { orderLinkId: 'late' })), ...(await history(venue))]).toEqual([]);
    venue.clock.advance(3_000);
    expect(await realtime(venue, { orderLinkId: 'late' })).toEqual(['late']);
    expect(await history(venue)).toEqual(['late']);
  });
});

describe('history', () => {
  it('knows only what has ended, by state if asked', async () => {
    const venue = await busy();
    expect(await history(venue)).toEqual(['cancelled', 'filled']);
    expect(await history(venue, { orderStatus: 'Filled' })).toEqual(['filled']);
    expect(await history(venue, { orderLinkId: 'open' })).toEqual([]);
  });

  it('keeps what was cancelled without a fill for a day, and what was filled for good', async () => {
    const venue = await busy();
    venue.clock.advance(dayMs);
    expect(await history(venue)).toEqual(['cancelled', 'filled']);
    venue.clock.advance(1);
    expect(await history(venue)).toEqual(['filled']);
    venue.clock.advance(30 * dayMs);
    expect(await history(venue)).toEqual([]);
    expect(await history(venue, { startTime: startMs, endTime: startMs + dayMs })).toEqual(['filled']);
  });

  it('answers for a week at most', async () => {
    const venue = await busy();
    const ask = (about: object) => venue.get('/v5/order/history', { category: 'spot', ...about });
    expect(await ask({ startTime: startMs - 7 * dayMs, endTime: startMs })).toMatchObject({ retCode: 0 });
    expect(await ask({ startTime: startMs - 7 * dayMs - 1, endTime: startMs })).toMatchObject({ retCode: 10001 });
    expect(await history(venue, { startTime: startMs - 8 * dayMs })).toEqual([]);
    expect(await history(venue, { endTime: startMs })).toEqual(['cancelled', 'filled']);
  });
});

describe('executions', () => {
  it('are the fills, by order or by symbol, and sum up to what the order tells', async () => {
    const venue = bybitInMemory();
    venue.fault({ kind: 'partial-fill', params: { share: '0.3' } });
    await venue.spot({ ...limit, price: '60500', orderLinkId: 'twice' });
    await venue.spot({ symbol: 'ETHUSDT', orderLinkId: 'other' });
    venue.setPrice('BTCUSDT', '60400');
    const fills = await venue.listOf('/v5/execution/list', { category: 'spot', orderLinkId: 'twice' });
    expect(fills).toMatchObject([
      { execQty: '0.007', leavesQty: '0', isMaker: true },
      { execQty: '0.003', leavesQty: '0.007', isMaker: false, feeCurrency: 'BTC', feeRate: '0.001' },
    ]);
    expect(new Set(fills.map(({ execId }) => execId)).size).toBe(2);
    expect(await venue.state('spot', 'twice')).toMatchObject({ orderStatus: 'Filled', cumExecQty: '0.01' });
    expect(await ids(venue, '/v5/execution/list', { symbol: 'ETHUSDT' })).toEqual(['other']);
  });
});
