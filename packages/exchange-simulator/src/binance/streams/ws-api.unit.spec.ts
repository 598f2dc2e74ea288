import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { hmac } from '../../testing/signed-client.js';
import { openedSocket, openSocket, type PlayedSocket } from '../../testing/socket-in-memory.js';
import { follower, venueInMemory } from '../../testing/venue-in-memory.js';

type Venue = ReturnType<typeof venueInMemory>;
type Values = Readonly<Record<string, string | number>>;

const path = '/ws-api/v3';
const sorted = (values: Values): string =>
  Object.entries(values)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
const signedBy = (secret: string, values: Values): Values => ({ ...values, signature: hmac(secret, sorted(values)) });
const subscribeWith = (venue: Venue, { apiKey, secret }: typeof follower = follower, about: Values = {}) => ({
  id: 'sub',
  method: 'userDataStream.subscribe.signature',
  params: signedBy(secret, { apiKey, timestamp: venue.clock.now(), ...about }),
});
const connected = async (limits = {}): Promise<{ venue: Venue; socket: PlayedSocket }> => {
  const venue = venueInMemory({ limits });
  return { venue, socket: await openedSocket(venue.sockets, path) };
};
const subscribed = async () => {
  const stage = await connected();
  stage.socket.send(subscribeWith(stage.venue));
  stage.socket.frames.length = 0;
  return stage;
};
const reports = ({ frames }: PlayedSocket) =>
  frames.map(({ event }) => event as Readonly<Record<string, unknown>>).filter(({ e }) => e === 'executionReport');

const other = { apiKey: 'o'.repeat(64), secret: 's'.repeat(64) };
const pair = generateKeyPairSync('ed25519');
const pem = createPublicKey(pair.privateKey).export({ type: 'spki', format: 'pem' });
const ed25519Signature = (text: string): string =>
  sign(null, Buffer.from(text), createPrivateKey(pair.privateKey.export({ type: 'pkcs8', format: 'pem' }))).toString('base64');
const sessionKey = 'e'.repeat(64);
const logonWith = (venue: Venue) => {
  const values = { apiKey: sessionKey, timestamp: venue.clock.now() };
  return { id: 1, method: 'session.logon', params: { ...values, signature: ed25519Signature(sorted(values)) } };
};

describe('userDataStream.subscribe.signature', () => {
  it('signs the vector of the documentation: sorted by name, the API key among the rest', () => {
    const values = { apiKey: 'k'.repeat(64), recvWindow: 5_000, timestamp: 1_790_000_000_000 };
    expect(hmac('f'.repeat(64), sorted(values))).toBe('25a6a8c29047397fc4ec86eea815c45c1ee7645a64b68eacfffcc3e7ebf9751d');
  });

  it('opens the account by one signature, and counts subscriptions from 0', async () => {
    const { venue, socket } = await connected();
    expect(socket.send(subscribeWith(venue))).toMatchObject({
      id: 'sub',
      status: 200,
      result: { subscriptionId: 0 },
      rateLimits: [{ rateLimitType: 'REQUEST_WEIGHT', limit: 6_000, count: 4 }],
    });
    venue.openAccount({ apiKey: other.apiKey, apiSecret: other.secret });
    expect(socket.send(subscribeWith(venue, other))).toMatchObject({ result: { subscriptionId: 1 } });
    expect(socket.send({ id: 2, method: 'session.subscriptions' })).toMatchObject({
      result: [{ subscriptionId: 0 }, { subscriptionId: 1 }],
    });
  });

  it('refuses a second one for the account on the same connection', async () => {
    const { venue, socket } = await subscribed();
    expect(socket.send(subscribeWith(venue))).toMatchObject({ status: 400, error: { code: -2035 } });
  });

  it.each([
    [
      'a wrong signature',
      { status: 400, error: { code: -1022 } },
      (venue: Venue) => subscribeWith(venue, { ...follower, secret: 'x' }),
    ],
    [
      'an old stamp',
      { status: 400, error: { code: -1021 } },
      (venue: Venue) => subscribeWith(venue, follower, { timestamp: venue.clock.now() - 5_001 }),
    ],
    [
      'an unknown key',
      { status: 401, error: { code: -2015 } },
      (venue: Venue) => subscribeWith(venue, { ...follower, apiKey: 'z'.repeat(64) }),
    ],
    ['no key', { status: 400, error: { code: -1102 } }, () => ({ id: 'sub', method: 'userDataStream.subscribe.signature' })],
  ])('refuses %s', async (_what, refusal, request) => {
    const { venue, socket } = await connected();
    expect(socket.send(request(venue))).toMatchObject({ id: 'sub', ...refusal });
    await venue.order({ quantity: '0.01' });
    expect(socket.frames).toHaveLength(1);
  });
});

describe('an execution report', () => {
  it('tells that a market order is taken and then filled, with what a follower of it needs', async () => {
    const { venue, socket } = await subscribed();
    await venue.order({ quantity: '0.01', newClientOrderId: 'mine' });
    const [accepted, filled] = reports(socket);
    expect(accepted).toMatchObject({ s: 'BTCUSDT', c: 'mine', C: '', x: 'NEW', X: 'NEW', z: '0.00000000', t: -1, r: 'NONE' });
    expect(filled).toMatchObject({
      c: 'mine',
      S: 'BUY',
      x: 'TRADE',
      X: 'FILLED',
      q: '0.01000000',
      l: '0.01000000',
      z: '0.01000000',
      L: '60000.00000000',
      n: '0.00001000',
      N: 'BTC',
      m: false,
      Z: '600.00000000',
      Y: '600.00000000',
      E: venue.clock.now(),
    });
    const rest = await venue.signed('GET', '/api/v3/myTrades', { symbol: 'BTCUSDT' });
    expect(rest).toMatchObject({ body: [{ id: filled?.['t'], orderId: filled?.['i'] }] });
  });

  it('wraps every event with its subscription, and says after each what the account holds', async () => {
    const { venue, socket } = await subscribed();
    await venue.order({ quantity: '0.01' });
    expect(socket.frames.map((frame) => [frame['subscriptionId'], (frame['event'] as { e: string }).e])).toEqual([
      [0, 'executionReport'],
      [0, 'outboundAccountPosition'],
      [0, 'executionReport'],
      [0, 'outboundAccountPosition'],
    ]);
    expect(socket.frames.at(-1)).toMatchObject({
      event: {
        B: [
          { a: 'BTC', f: '0.00999000', l: '0.00000000' },
          { a: 'USDT', f: '99400.00000000', l: '0.00000000' },
        ],
      },
    });
  });

  it('tells of a partial fill, and why the rest ended', async () => {
    const { venue, socket } = await subscribed();
    venue.fault({ kind: 'partial-fill', params: { share: '0.25' } });
    await venue.order({ quantity: '0.01' });
    expect(reports(socket)).toMatchObject([
      { x: 'NEW' },
      { x: 'TRADE', X: 'PARTIALLY_FILLED', z: '0.00250000' },
      { x: 'EXPIRED', X: 'EXPIRED', z: '0.00250000', l: '0.00000000', eR: expect.any(Number) },
    ]);
  });

  it('names a cancel by its own id and the order beside it', async () => {
    const { venue, socket } = await subscribed();
    await venue.order({ type: 'LIMIT', timeInForce: 'GTC', price: '59000', quantity: '0.01', newClientOrderId: 'mine' });
    await venue.signed('DELETE', '/api/v3/order', { symbol: 'BTCUSDT', origClientOrderId: 'mine', newClientOrderId: 'away' });
    expect(reports(socket)).toMatchObject([
      { x: 'NEW', c: 'mine', w: true },
      { x: 'CANCELED', X: 'CANCELED', c: 'away', C: 'mine' },
    ]);
  });

  it('follows a resting order and a stop to the price that fills them', async () => {
    const { venue, socket } = await subscribed();
    await venue.order({ type: 'LIMIT', timeInForce: 'GTC', price: '59000', quantity: '0.01', newClientOrderId: 'rests' });
    await venue.order({ type: 'STOP_LOSS', stopPrice: '61000', quantity: '0.01', newClientOrderId: 'stop' });
    venue.setPrice('BTCUSDT', '58000');
    venue.setPrice('BTCUSDT', '61000');
    expect(reports(socket)).toMatchObject([
      { c: 'rests', x: 'NEW' },
      { c: 'stop', x: 'NEW', P: '61000.00000000' },
      { c: 'rests', x: 'TRADE', X: 'FILLED', m: true },
      { c: 'stop', x: 'NEW' },
      { c: 'stop', x: 'TRADE', X: 'FILLED' },
    ]);
  });

  it('goes to nobody but the account', async () => {
    const { venue, socket } = await subscribed();
    venue.openAccount({ apiKey: other.apiKey, apiSecret: other.secret });
    await venue.order({ quantity: '0.01' }, other);
    expect(socket.frames).toEqual([]);
  });

  it('comes before the answer to the order, or after it where a test asks for that', async () => {
    const { venue, socket } = await subscribed();
    await venue.order({ quantity: '0.01' });
    const before = socket.frames.length;
    expect(before).toBe(4);
    venue.world.streams.set({ events: 'after-reply' });
    await venue.order({ quantity: '0.01' });
    expect(socket.frames).toHaveLength(before);
    venue.clock.advance(1);
    expect(socket.frames).toHaveLength(8);
  });
});

describe('userDataStream.unsubscribe', () => {
  it('ends the subscription, says so, and leaves the connection', async () => {
    const { venue, socket } = await subscribed();
    expect(socket.send({ id: 3, method: 'userDataStream.unsubscribe', params: { subscriptionId: 0 } })).toMatchObject({
      status: 200,
      result: {},
    });
    expect(socket.frames[0]).toMatchObject({ subscriptionId: 0, event: { e: 'eventStreamTerminated' } });
    await venue.order({ quantity: '0.01' });
    expect(socket.frames).toHaveLength(2);
    expect(socket.state()).toBe('open');
    expect(socket.send({ id: 4, method: 'userDataStream.unsubscribe' })).toMatchObject({ error: { code: -2036 } });
    expect(socket.send(subscribeWith(venue))).toMatchObject({ result: { subscriptionId: 1 } });
  });
});

describe('session.logon', () => {
  it('is for Ed25519 keys: what an HMAC key signs opens events, no session', async () => {
    const { venue, socket } = await connected();
    const { params } = subscribeWith(venue);
    expect(socket.send({ id: 1, method: 'session.logon', params })).toMatchObject({ status: 400, error: { code: -4056 } });
    expect(socket.send({ id: 2, method: 'session.status' })).toMatchObject({ result: { apiKey: null } });
  });

  it('lets its connection trade with nothing but a time, which is what a leaked string of this kind is worth', async () => {
    const { venue, socket } = await connected();
    venue.openAccount({ apiKey: sessionKey, apiSecret: undefined, publicKey: pem });
    const order = { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: '0.01', newClientOrderId: 'leaked' };
    const place = { id: 5, method: 'order.place', params: { ...order, timestamp: venue.clock.now() } };
    expect(socket.send(place)).toMatchObject({ status: 400, error: { code: -1102 } });
    expect(socket.send(logonWith(venue))).toMatchObject({ status: 200, result: { apiKey: sessionKey } });
    expect(socket.send(place)).toMatchObject({ id: 5, status: 200, result: { status: 'FILLED', clientOrderId: 'leaked' } });
    expect(venue.book()).toMatchObject([{ apiKey: sessionKey, clientOrderId: 'leaked', status: 'filled' }]);
    expect(socket.send({ id: 6, method: 'account.status', params: { timestamp: venue.clock.now() } })).toMatchObject({
      status: 200,
    });
  });

  it('is not needed by requests that sign for themselves, whatever the key', async () => {
    const { venue, socket } = await connected();
    const order = { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: '0.01' };
    const params = signedBy(follower.secret, { ...order, apiKey: follower.apiKey, timestamp: venue.clock.now() });
    expect(socket.send({ id: 7, method: 'order.place', params })).toMatchObject({ status: 200 });
    expect(venue.book()).toHaveLength(1);
  });

  it('carries a subscription of its own, which ends with it', async () => {
    const { venue, socket } = await connected();
    venue.openAccount({ apiKey: sessionKey, apiSecret: undefined, publicKey: pem });
    expect(socket.send({ id: 1, method: 'userDataStream.subscribe' })).toMatchObject({ status: 401 });
    socket.send(logonWith(venue));
    expect(socket.send({ id: 2, method: 'userDataStream.subscribe' })).toMatchObject({ result: { subscriptionId: 0 } });
    socket.send({ id: 3, method: 'session.logout' });
    expect(socket.frames.at(-2)).toMatchObject({ subscriptionId: 0, event: { e: 'eventStreamTerminated' } });
  });

  it('ends with the key: one request is answered without an id, and nothing trades any more', async () => {
    const { venue, socket } = await connected();
    venue.openAccount({ apiKey: sessionKey, apiSecret: undefined, publicKey: pem });
    socket.send(logonWith(venue));
    venue.world.accounts.change(sessionKey, { revoked: true });
    const place = {
      id: 8,
      method: 'order.place',
      params: { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: '0.01', timestamp: venue.clock.now() },
    };
    expect(socket.send(place)).toMatchObject({ id: null, status: 401, error: { code: -2015 } });
    expect(socket.send({ id: 9, method: 'session.status' })).toMatchObject({ result: { apiKey: null } });
    expect(venue.book()).toEqual([]);
  });
});

describe('a frame that is no request', () => {
  it.each([
    ['not JSON', 'hello'],
    ['a list', '[1]'],
    ['a request without a method', '{"id": 1}'],
  ])('is refused: %s', async (_what, text) => {
    const { socket } = await connected();
    expect(socket.send(text)).toMatchObject({ id: null, status: 400 });
  });

  it('says of a method that it does not play that it does not', async () => {
    const { socket } = await connected();
    expect(socket.send({ id: 1, method: 'order.amend.keepPriority' })).toMatchObject({
      status: 501,
      error: { msg: expect.stringContaining('does not play') },
    });
  });
});

describe('a connection to spot', () => {
  it('costs weight, and so does each subscription', async () => {
    const { venue } = await subscribed();
    expect(await venue.raw('GET', '/api/v3/ping', {})).toMatchObject({ headers: { 'x-mbx-used-weight-1m': '5' } });
  });

  it('is refused when an address has tried too often in five minutes', async () => {
    const venue = venueInMemory({ limits: { connectionsPer5Minutes: 2 } });
    for (let tried = 0; tried < 2; tried += 1) await openedSocket(venue.sockets, path);
    expect(await openSocket(venue.sockets, path)).toEqual({ status: 429 });
    await openedSocket(venue.sockets, path, '203.0.113.9');
    venue.clock.advance(300_000);
    await openedSocket(venue.sockets, path);
  });

  it('is pinged every 20 seconds and closed after a minute without a pong', async () => {
    const { venue, socket } = await connected();
    venue.clock.advance(60_000);
    expect([socket.pings(), socket.state()]).toEqual([3, 'open']);
    socket.pong();
    venue.clock.advance(60_000);
    expect(socket.state()).toBe('open');
    venue.clock.advance(20_000);
    expect(socket.state()).toBe(1008);
  });

  it('ends after 24 hours', async () => {
    const { venue, socket } = await connected();
    venue.world.streams.set({ pongMs: 86_400_001 });
    venue.clock.advance(86_399_999);
    expect(socket.state()).toBe('open');
    venue.clock.advance(1);
    expect(socket.state()).toBe(1001);
  });
});
