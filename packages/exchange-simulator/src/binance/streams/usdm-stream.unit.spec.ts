import { describe, expect, it } from 'vitest';
import { openedSocket, type PlayedSocket } from '../../testing/socket-in-memory.js';
import { follower, venueInMemory } from '../../testing/venue-in-memory.js';

type Venue = ReturnType<typeof venueInMemory>;

const hourMs = 3_600_000;
const listenKeyPath = '/fapi/v1/listenKey';
const byKey = (venue: Venue, method: string, apiKey: string | undefined = follower.apiKey) =>
  venue.raw(method, listenKeyPath, apiKey === undefined ? {} : { apiKey });
const keyOf = async (venue: Venue): Promise<string> => {
  const answer = await byKey(venue, 'POST');
  return answer === 'cut' ? '' : String(answer.body['listenKey']);
};
const order = (venue: Venue, about: Readonly<Record<string, string>> = {}) =>
  venue.signed('POST', '/fapi/v1/order', { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: '0.01', ...about });
const listening = async (form: (key: string) => string = (key) => `/private/ws?listenKey=${key}`) => {
  const venue = venueInMemory();
  const listenKey = await keyOf(venue);
  return { venue, listenKey, socket: await openedSocket(venue.sockets, form(listenKey)) };
};
const names = ({ frames }: PlayedSocket) => frames.map(({ e }) => e);

describe('a listenKey', () => {
  it('is given for the API key alone, and is the same while it lives', async () => {
    const venue = venueInMemory();
    const first = await keyOf(venue);
    expect(first).toMatch(/^[A-Za-z0-9]{64}$/);
    venue.clock.advance(hourMs - 1);
    expect(await keyOf(venue)).toBe(first);
    venue.clock.advance(hourMs - 1);
    expect(await byKey(venue, 'PUT')).toMatchObject({ status: 200, body: { listenKey: first } });
    venue.clock.advance(hourMs);
    expect(await byKey(venue, 'PUT')).toMatchObject({ status: 400, body: { code: -1125 } });
    expect(await keyOf(venue)).not.toBe(first);
  });

  it('ignores a signature, and refuses a key that it does not know', async () => {
    const venue = venueInMemory();
    expect(await venue.signed('POST', listenKeyPath, {}, { secret: 'wrong' })).toMatchObject({ status: 200 });
    expect(await byKey(venue, 'POST', 'z'.repeat(64))).toMatchObject({ status: 401, body: { code: -2015 } });
    expect(await venue.raw('POST', listenKeyPath, {})).toMatchObject({ status: 401, body: { code: -2014 } });
  });

  it('ends when its owner says so', async () => {
    const { venue, socket } = await listening();
    expect(await byKey(venue, 'DELETE')).toMatchObject({ status: 200 });
    expect(await byKey(venue, 'DELETE')).toMatchObject({ body: { code: -1125 } });
    await order(venue);
    expect([socket.frames, socket.state()]).toEqual([[], 'open']);
  });

  it('expires after an hour: the stream says so, stays open and is silent', async () => {
    const { venue, listenKey, socket } = await listening();
    venue.world.streams.set({ pongMs: 86_400_000 });
    venue.clock.advance(hourMs);
    expect(socket.frames).toMatchObject([{ e: 'listenKeyExpired', listenKey, E: venue.clock.now() }]);
    await order(venue);
    expect(await keyOf(venue)).not.toBe(listenKey);
    await order(venue);
    expect([socket.frames.length, socket.state()]).toEqual([1, 'open']);
  });
});

describe('a private stream of USDM', () => {
  it.each([
    ['by query', (key: string) => `/private/ws?listenKey=${key}`],
    ['by path', (key: string) => `/private/ws/${key}`],
  ])('is opened %s and tells plain events', async (_how, form) => {
    const { venue, socket } = await listening(form);
    await order(venue, { newClientOrderId: 'mine' });
    expect(names(socket)).toEqual(['ORDER_TRADE_UPDATE', 'TRADE_LITE', 'ACCOUNT_UPDATE', 'ORDER_TRADE_UPDATE']);
    expect(socket.frames[0]).toMatchObject({ o: { c: 'mine', x: 'NEW', X: 'NEW', z: '0.000', ap: '0' } });
    expect(socket.frames[3]).toMatchObject({
      o: {
        c: 'mine',
        S: 'BUY',
        x: 'TRADE',
        X: 'FILLED',
        l: '0.010',
        z: '0.010',
        L: '60000.00',
        ap: '60000.00000',
        N: 'USDT',
        n: '0.30000000',
        rp: '0.00000000',
        ps: 'BOTH',
      },
    });
  });

  it('names fills and orders as REST does', async () => {
    const { venue, socket } = await listening();
    await order(venue);
    const { o } = socket.frames[3] as { o: Readonly<Record<string, unknown>> };
    expect(await venue.signed('GET', '/fapi/v1/userTrades', { symbol: 'BTCUSDT' })).toMatchObject({
      body: [{ id: o['t'], orderId: o['i'] }],
    });
    expect(socket.frames[1]).toMatchObject({ t: o['t'], i: o['i'] });
  });

  it('wraps its frames on /private/stream', async () => {
    const { venue, listenKey, socket } = await listening((key) => `/private/stream?streams=${key}`);
    await order(venue);
    expect(socket.frames[0]).toMatchObject({ stream: listenKey, data: { e: 'ORDER_TRADE_UPDATE' } });
  });

  it('tells only what its filter names', async () => {
    const { venue, socket } = await listening((key) => `/private/ws?listenKey=${key}&events=ORDER_TRADE_UPDATE/ACCOUNT_UPDATE`);
    await order(venue);
    expect(new Set(names(socket))).toEqual(new Set(['ORDER_TRADE_UPDATE', 'ACCOUNT_UPDATE']));
  });

  it('shows wallet and position after each fill, and what closing earned', async () => {
    const { venue, socket } = await listening();
    await order(venue, { quantity: '0.02' });
    venue.setPrice('BTCUSDT', '61000');
    await order(venue, { side: 'SELL', reduceOnly: 'true' });
    const updates = socket.frames.filter(({ e }) => e === 'ACCOUNT_UPDATE');
    expect(updates).toMatchObject([
      {
        a: {
          m: 'ORDER',
          B: [{ a: 'USDT', wb: '99999.40000000' }],
          P: [{ s: 'BTCUSDT', pa: '0.020', ep: '60000.00', ps: 'BOTH' }],
        },
      },
      { a: { P: [{ pa: '0.010', cr: '10.00000000' }] } },
    ]);
    expect(socket.frames.at(-1)).toMatchObject({ o: { x: 'TRADE', R: true, rp: '10.00000000' } });
  });

  it('tells of a cancel', async () => {
    const { venue, socket } = await listening();
    await order(venue, { type: 'LIMIT', timeInForce: 'GTC', price: '59000', newClientOrderId: 'mine' });
    await venue.signed('DELETE', '/fapi/v1/order', { symbol: 'BTCUSDT', origClientOrderId: 'mine' });
    expect(socket.frames).toMatchObject([{ o: { x: 'NEW' } }, { o: { c: 'mine', x: 'CANCELED', X: 'CANCELED' } }]);
  });

  it('opens for a key that does not live, and never says a word', async () => {
    const venue = venueInMemory();
    const socket = await openedSocket(venue.sockets, '/private/ws?listenKey=nothing');
    await order(venue);
    expect([socket.frames, socket.state()]).toEqual([[], 'open']);
  });

  it('is not served at the old address', async () => {
    const venue = venueInMemory();
    await expect(openedSocket(venue.sockets, `/ws/${await keyOf(venue)}`)).rejects.toThrow(/refused with 404/);
  });

  it('is pinged every 3 minutes and closed after ten without a pong', async () => {
    const { venue, socket } = await listening();
    venue.clock.advance(540_000);
    expect([socket.pings(), socket.state()]).toEqual([3, 'open']);
    venue.clock.advance(180_000);
    expect(socket.state()).toBe(1008);
  });
});
