import { describe, expect, it } from 'vitest';
import { bybitInMemory, trader } from '../../testing/bybit-in-memory.js';
import type { Fields } from '../../testing/control-client.js';
import { hmac } from '../../testing/signed-client.js';
import { openedSocket, openSocket, type PlayedSocket } from '../../testing/socket-in-memory.js';

type Venue = ReturnType<typeof bybitInMemory>;
type Row = Readonly<Record<string, unknown>>;

const path = '/v5/private';
const authWith = ({ apiKey, secret }: typeof trader, expires: number): object => ({
  req_id: 'a',
  op: 'auth',
  args: [apiKey, expires, hmac(secret, `GET/realtime${expires}`)],
});
const connected = async () => {
  const venue = bybitInMemory();
  return { venue, socket: await openedSocket(venue.sockets, path) };
};
const logIn = (venue: Venue, socket: PlayedSocket): Fields => socket.send(authWith(trader, venue.clock.now() + 10_000));
const subscribed = async (...topics: readonly string[]) => {
  const stage = await connected();
  logIn(stage.venue, stage.socket);
  stage.socket.send({ req_id: 's', op: 'subscribe', args: topics });
  stage.socket.frames.length = 0;
  return stage;
};
const rows = ({ frames }: PlayedSocket, topic: string): readonly Row[] =>
  frames.filter((frame) => frame['topic'] === topic).flatMap(({ data }) => data as readonly Row[]);

describe('auth', () => {
  it('signs the vector of the documentation', () => {
    expect(hmac('Z'.repeat(36), 'GET/realtime1790000010000')).toBe(
      '5f17e150db1c3c3fb7df27b6974077c5173a5f4029f8d06c0c061e22bd637c93',
    );
  });

  it('opens the connection for one account', async () => {
    const { venue, socket } = await connected();
    expect(logIn(venue, socket)).toEqual({ success: true, ret_msg: '', op: 'auth', req_id: 'a', conn_id: expect.any(String) });
    expect(logIn(venue, socket)).toMatchObject({ success: false, op: 'auth' });
  });

  it('takes the time as text too', async () => {
    const { venue, socket } = await connected();
    const expires = String(venue.clock.now() + 10_000);
    expect(
      socket.send({ op: 'auth', args: [trader.apiKey, expires, hmac(trader.secret, `GET/realtime${expires}`)] }),
    ).toMatchObject({ success: true });
  });

  it.each([
    ['a time that has come', (venue: Venue) => authWith(trader, venue.clock.now())],
    ['a wrong signature', (venue: Venue) => authWith({ ...trader, secret: 'x' }, venue.clock.now() + 1_000)],
    ['an unknown key', (venue: Venue) => authWith({ ...trader, apiKey: 'nobody' }, venue.clock.now() + 1_000)],
    ['nothing', () => ({ op: 'auth' })],
  ])('refuses %s', async (_what, frame) => {
    const { venue, socket } = await connected();
    expect(socket.send(frame(venue))).toMatchObject({ success: false, op: 'auth', ret_msg: expect.stringMatching(/./) });
    expect(socket.send({ op: 'subscribe', args: ['order'] })).toMatchObject({ success: false });
  });
});

describe('subscribe', () => {
  it('answers under the name of the request', async () => {
    const { venue, socket } = await connected();
    logIn(venue, socket);
    expect(socket.send({ req_id: 's', op: 'subscribe', args: ['order', 'execution', 'wallet', 'position'] })).toMatchObject({
      success: true,
      ret_msg: '',
      op: 'subscribe',
      req_id: 's',
    });
  });

  it.each([
    ['a topic and its categories together', ['order', 'order.linear']],
    ['a topic that there is not', ['orders']],
    ['a topic that would cancel orders', ['dcp.future']],
    ['nothing', []],
  ])('refuses %s', async (_what, args) => {
    const { venue, socket } = await connected();
    logIn(venue, socket);
    expect(socket.send({ op: 'subscribe', args })).toMatchObject({ success: false });
    await venue.linear({});
    expect(socket.frames).toHaveLength(2);
  });

  it('ends by unsubscribe', async () => {
    const { venue, socket } = await subscribed('order');
    expect(socket.send({ op: 'unsubscribe', args: ['order'] })).toMatchObject({ success: true });
    await venue.linear({});
    expect(socket.frames).toHaveLength(1);
  });
});

describe('the topics', () => {
  it('tell of a linear market order: taken, executed, filled, with position and wallet', async () => {
    const { venue, socket } = await subscribed('order', 'execution', 'wallet', 'position');
    await venue.linear({ orderLinkId: 'mine' });
    expect(socket.frames.map(({ topic }) => topic)).toEqual([
      'order',
      'position',
      'wallet',
      'execution',
      'order',
      'position',
      'wallet',
    ]);
    expect(socket.frames[0]).toMatchObject({ id: expect.any(String), creationTime: venue.clock.now() });
    expect(rows(socket, 'order')).toMatchObject([
      { category: 'linear', orderLinkId: 'mine', orderStatus: 'New', cumExecQty: '0', avgPrice: '', tpslMode: 'Full' },
      {
        orderLinkId: 'mine',
        orderStatus: 'Filled',
        cumExecQty: '0.01',
        avgPrice: '60000',
        leavesQty: '0',
        rejectReason: 'EC_NoError',
      },
    ]);
    expect(rows(socket, 'execution')).toMatchObject([
      { category: 'linear', orderLinkId: 'mine', execType: 'Trade', execQty: '0.01', execPrice: '60000', isMaker: false },
    ]);
    expect(rows(socket, 'position').at(-1)).toMatchObject({
      category: 'linear',
      symbol: 'BTCUSDT',
      side: 'Buy',
      size: '0.01',
      entryPrice: '60000',
    });
    expect(rows(socket, 'position').at(-1)).not.toHaveProperty('avgPrice');
    expect(rows(socket, 'wallet').at(-1)).toMatchObject({
      accountType: 'UNIFIED',
      coin: expect.arrayContaining([expect.objectContaining({ coin: 'USDT' })]),
    });
  });

  it('name fills and orders as REST does', async () => {
    const { venue, socket } = await subscribed('order', 'execution');
    await venue.spot({});
    const [fill] = await venue.listOf('/v5/execution/list', { category: 'spot' });
    expect(rows(socket, 'execution')).toMatchObject([{ execId: fill?.['execId'], orderId: fill?.['orderId'] }]);
  });

  it('tell the categories apart, and leave derivative fields out of spot rows', async () => {
    const { venue, socket } = await subscribed('order.spot', 'execution.linear');
    await venue.spot({});
    await venue.linear({});
    expect(socket.frames.map(({ topic }) => topic)).toEqual(['order.spot', 'order.spot', 'execution.linear']);
    expect(rows(socket, 'order.spot')[0]).not.toHaveProperty('tpslMode');
    expect(rows(socket, 'order.spot')[0]).not.toHaveProperty('createType');
  });

  it('tell of a cancel, of a rejection after the acknowledgement, and of an order that the price fills', async () => {
    const { venue, socket } = await subscribed('order');
    const limit = { orderType: 'Limit', price: '59000' };
    await venue.linear({ ...limit, orderLinkId: 'away' });
    await venue.post('/v5/order/cancel', { category: 'linear', symbol: 'BTCUSDT', orderLinkId: 'away' });
    venue.fault({ kind: 'reject-after-accept' });
    await venue.linear({ orderLinkId: 'never' });
    await venue.linear({ ...limit, orderLinkId: 'later' });
    venue.setPrice('BTCUSDT', '59000');
    expect(rows(socket, 'order').map(({ orderLinkId, orderStatus }) => `${String(orderLinkId)} ${String(orderStatus)}`)).toEqual([
      'away New',
      'away Cancelled',
      'never Rejected',
      'later New',
      'later Filled',
    ]);
  });

  it('show a filled order twice under stream-filled-twice, as when a cancel lost the race', async () => {
    const { venue, socket } = await subscribed('order');
    venue.fault({ kind: 'stream-filled-twice' });
    await venue.linear({ orderLinkId: 'mine' });
    await venue.linear({ orderLinkId: 'next' });
    expect(
      rows(socket, 'order').map(({ orderStatus, rejectReason }) => `${String(orderStatus)} ${String(rejectReason)}`),
    ).toEqual([
      'New EC_NoError',
      'Filled EC_NoError',
      'Filled EC_OrigClOrdIDDoesNotExist',
      'New EC_NoError',
      'Filled EC_NoError',
    ]);
  });
});

describe('a connection to Bybit', () => {
  it('answers a ping in JSON', async () => {
    const { venue, socket } = await connected();
    expect(socket.send({ req_id: '7', op: 'ping' })).toEqual({
      req_id: '7',
      op: 'pong',
      args: [String(venue.clock.now())],
      conn_id: expect.any(String),
    });
  });

  it('refuses an operation that there is not, and repeats it', async () => {
    const { socket } = await connected();
    expect(socket.send({ op: 'dance' })).toMatchObject({ success: false, ret_msg: 'error:invalid op', request: { op: 'dance' } });
    expect(socket.send('hello')).toMatchObject({ success: false });
  });

  it.each([
    ['ten minutes', path, 600_000],
    ['the time that it asked for', `${path}?max_active_time=1m`, 60_000],
  ])('ends after %s of silence', async (_what, url, ms) => {
    const venue = bybitInMemory();
    const socket = await openedSocket(venue.sockets, url);
    venue.clock.advance(ms - 1);
    socket.send({ op: 'ping' });
    venue.clock.advance(ms - 1);
    expect(socket.state()).toBe('open');
    venue.clock.advance(30_001);
    expect(socket.state()).toBe(1001);
  });

  it('is one of five hundred in five minutes, whoever opens them', async () => {
    const venue = bybitInMemory({ limits: { connectionsPer5Minutes: 1 } });
    await openedSocket(venue.sockets, path);
    expect(await openSocket(venue.sockets, '/v5/trade', '203.0.113.9')).toEqual({ status: 403 });
  });
});

describe('/v5/trade', () => {
  const order = { category: 'linear', symbol: 'BTCUSDT', side: 'Buy', orderType: 'Market', qty: '0.01', orderLinkId: 'leaked' };
  const create = (venue: Venue, reqId = 'r') => ({
    reqId,
    header: { 'X-BAPI-TIMESTAMP': String(venue.clock.now()) },
    op: 'order.create',
    args: [order],
  });
  const trading = async () => {
    const venue = bybitInMemory();
    const socket = await openedSocket(venue.sockets, '/v5/trade');
    return { venue, socket };
  };

  it('trades without a signature after the login that opens a stream: what a leaked string is worth', async () => {
    const { venue, socket } = await trading();
    expect(socket.send(create(venue))).toMatchObject({ retCode: 10404, op: 'order.create' });
    expect(logIn(venue, socket)).toMatchObject({ retCode: 0, op: 'auth', connId: expect.any(String) });
    expect(socket.send(create(venue, 'r2'))).toMatchObject({
      reqId: 'r2',
      retCode: 0,
      op: 'order.create',
      data: { orderLinkId: 'leaked', orderId: expect.any(String) },
    });
    expect(venue.book()).toMatchObject([{ clientOrderId: 'leaked', status: 'filled' }]);
  });

  it('refuses a key that only reads', async () => {
    const { venue, socket } = await trading();
    venue.world.accounts.change(trader.apiKey, { readOnly: true });
    logIn(venue, socket);
    expect(socket.send(create(venue))).toMatchObject({ retCode: 10005 });
    expect(venue.book()).toEqual([]);
  });

  it('refuses a second login, a used reqId, an old time and a wrong signature by their codes', async () => {
    const { venue, socket } = await trading();
    expect(socket.send(authWith({ ...trader, secret: 'x' }, venue.clock.now() + 1_000))).toMatchObject({ retCode: 10004 });
    logIn(venue, socket);
    expect(logIn(venue, socket)).toMatchObject({ retCode: 20001 });
    socket.send(create(venue));
    expect(socket.send(create(venue))).toMatchObject({ retCode: 20006 });
    const late = create(venue, 'late');
    venue.clock.advance(5_001);
    expect(socket.send(late)).toMatchObject({ retCode: 10002 });
  });

  it('cancels, and passes refusals of the engine on', async () => {
    const { venue, socket } = await trading();
    logIn(venue, socket);
    const named = { category: 'linear', symbol: 'BTCUSDT', orderLinkId: 'waits' };
    const header = { 'X-BAPI-TIMESTAMP': String(venue.clock.now()) };
    await venue.linear({ orderType: 'Limit', price: '59000', orderLinkId: 'waits' });
    expect(socket.send({ reqId: '1', header, op: 'order.cancel', args: [named] })).toMatchObject({ retCode: 0 });
    expect(socket.send({ reqId: '2', header, op: 'order.cancel', args: [named] })).toMatchObject({ retCode: 110001 });
  });
});
