import { describe, expect, it } from 'vitest';
import { hmac } from '../../testing/signed-client.js';
import { openedSocket, openSocket, type PlayedSocket } from '../../testing/socket-in-memory.js';
import { follower, venueInMemory } from '../../testing/venue-in-memory.js';
import { bybitInMemory } from '../../testing/bybit-in-memory.js';

type Event = Readonly<Record<string, unknown>>;

const listening = async () => {
  const venue = venueInMemory();
  const socket = await openedSocket(venue.sockets, '/ws-api/v3');
  const values = `apiKey=${follower.apiKey}&timestamp=${venue.clock.now()}`;
  const params = { apiKey: follower.apiKey, timestamp: venue.clock.now(), signature: hmac(follower.secret, values) };
  socket.send({ id: 1, method: 'userDataStream.subscribe.signature', params });
  socket.frames.length = 0;
  return { venue, socket };
};
/** What a follower of orders hears. */
const told = ({ frames }: PlayedSocket): readonly string[] =>
  frames
    .map((frame) => frame['event'] as Event)
    .filter(({ e }) => e === 'executionReport')
    .map(({ c, X }) => `${String(c)} ${String(X)}`);
const market = { quantity: '0.01', newClientOrderId: 'a' };

describe('stream-drop', () => {
  it('cuts the connection right after the order is taken, and its event is lost with it', async () => {
    const { venue, socket } = await listening();
    venue.fault({ kind: 'stream-drop', apiKey: follower.apiKey });
    expect(await venue.order(market)).toMatchObject({ status: 200 });
    expect([socket.state(), told(socket)]).toEqual(['dropped', []]);
    expect(venue.book()).toMatchObject([{ status: 'filled' }]);
  });
});

describe('stream-silence', () => {
  it('leaves the socket open and mute', async () => {
    const { venue, socket } = await listening();
    venue.fault({ kind: 'stream-silence' });
    await venue.order(market);
    await venue.order({ ...market, newClientOrderId: 'b' });
    expect([socket.state(), socket.frames]).toEqual(['open', []]);
    venue.clock.advance(20_000);
    expect(socket.pings()).toBe(1);
  });

  it('may end', async () => {
    const { venue, socket } = await listening();
    venue.fault({ kind: 'stream-silence', params: { ms: 1_000 } });
    await venue.order(market);
    venue.clock.advance(1_000);
    await venue.order({ ...market, newClientOrderId: 'b' });
    expect(told(socket)).toEqual(['b NEW', 'b FILLED']);
  });
});

describe('stream-lose', () => {
  it('loses one frame', async () => {
    const { venue, socket } = await listening();
    venue.fault({ kind: 'stream-lose', params: { event: 'filled' } });
    await venue.order(market);
    expect(told(socket)).toEqual(['a NEW']);
  });
});

describe('stream-duplicate', () => {
  it('sends one frame twice, byte by byte', async () => {
    const { venue, socket } = await listening();
    venue.fault({ kind: 'stream-duplicate', params: { event: 'filled' } });
    await venue.order(market);
    expect(told(socket)).toEqual(['a NEW', 'a FILLED', 'a FILLED']);
    const [first, second] = socket.texts.filter((text) => text.includes('"FILLED"'));
    expect(first).toBe(second);
  });
});

describe('stream-late', () => {
  it('delivers after REST has long said how the order ended', async () => {
    const { venue, socket } = await listening();
    venue.fault({ kind: 'stream-late', params: { ms: 3_000, event: 'accepted' } });
    await venue.order(market);
    expect(await venue.lookUp('a')).toMatchObject({ body: { status: 'FILLED' } });
    expect(told(socket)).toEqual(['a FILLED']);
    venue.clock.advance(3_000);
    expect(told(socket)).toEqual(['a FILLED', 'a NEW']);
  });
});

describe('stream-reorder', () => {
  it('lets the next frame pass, of whatever kind', async () => {
    const { venue, socket } = await listening();
    venue.fault({ kind: 'stream-reorder', params: { event: 'filled' } });
    await venue.order(market);
    const kinds = socket.frames.map(({ event }) => (event as Event)['e']);
    expect(kinds).toEqual(['executionReport', 'outboundAccountPosition', 'outboundAccountPosition', 'executionReport']);
  });

  it('waits no longer than its time when nothing else comes', async () => {
    const { venue, socket } = await listening();
    venue.fault({ kind: 'stream-reorder', params: { event: 'balance', ms: 500 } });
    venue.fault({ kind: 'stream-lose', times: 10 });
    venue.fault({ kind: 'stream-lose', params: { event: 'balance' } });
    await venue.order(market);
    expect(socket.frames).toEqual([]);
    venue.clock.advance(500);
    expect(socket.frames).toHaveLength(1);
  });
});

describe('stream-close', () => {
  it('closes in good order after the frame, as a connection that is 24 hours old', async () => {
    const { venue, socket } = await listening();
    venue.fault({ kind: 'stream-close' });
    await venue.order(market);
    expect([told(socket), socket.state()]).toEqual([['a NEW'], 1001]);
  });
});

describe('stream-shutdown', () => {
  it('says so before it closes', async () => {
    const { venue, socket } = await listening();
    venue.fault({ kind: 'stream-shutdown', params: { ms: 200 } });
    await venue.order(market);
    const announced = socket.frames.find(({ event }) => (event as Event)['e'] === 'serverShutdown');
    expect(announced).toEqual({ event: { e: 'serverShutdown', E: venue.clock.now() } });
    expect(socket.state()).toBe('open');
    venue.clock.advance(200);
    expect(socket.state()).toBe(1001);
  });
});

describe('stream-refuse', () => {
  it('refuses as many upgrades as it says, as beyond the limit', async () => {
    const { venue } = await listening();
    venue.fault({ kind: 'stream-refuse', path: '/ws-api/v3' });
    expect(await openSocket(venue.sockets, '/private/ws?listenKey=x')).not.toHaveProperty('status');
    expect(await openSocket(venue.sockets, '/ws-api/v3')).toEqual({ status: 429 });
    await openedSocket(venue.sockets, '/ws-api/v3');
    const bybit = bybitInMemory();
    bybit.fault({ kind: 'stream-refuse' });
    expect(await openSocket(bybit.sockets, '/v5/private')).toEqual({ status: 403 });
  });
});

describe('a fault that names an order', () => {
  it('meets the frames about it and no other', async () => {
    const { venue, socket } = await listening();
    venue.fault({ kind: 'stream-lose', clientOrderId: 'b', times: 2 });
    await venue.order(market);
    await venue.order({ ...market, newClientOrderId: 'b' });
    expect(told(socket)).toEqual(['a NEW', 'a FILLED']);
  });
});

describe('the key of a stream', () => {
  it.each([
    ['silent', 'open'],
    ['close', 1001],
  ] as const)('revoked in mid-stream leaves it %s', async (revoked, state) => {
    const { venue, socket } = await listening();
    await venue.order({ type: 'LIMIT', timeInForce: 'GTC', price: '59000', ...market });
    const before = socket.frames.length;
    venue.world.streams.set({ revoked });
    venue.world.accounts.change(follower.apiKey, { revoked: true });
    venue.setPrice('BTCUSDT', '59000');
    expect([socket.frames.length, socket.state()]).toEqual([before, state]);
  });
});

describe('an upgrade', () => {
  it.each([
    ['drop', {}, { status: 'cut' }],
    ['status', { status: 502 }, { status: 502 }],
  ])('meets "%s" only when its path is named', async (kind, params, expected) => {
    const { venue } = await listening();
    venue.fault({ kind, params });
    await openedSocket(venue.sockets, '/ws-api/v3');
    venue.world.faults.clear();
    venue.fault({ kind, params, path: '/ws-api/v3' });
    expect(await openSocket(venue.sockets, '/ws-api/v3')).toEqual(expected);
  });

  it('may be held up', async () => {
    const { venue } = await listening();
    venue.fault({ kind: 'delay', path: '/ws-api/v3', params: { ms: 1_000 } });
    const opening = openSocket(venue.sockets, '/ws-api/v3');
    venue.clock.advance(1_000);
    expect(await opening).not.toHaveProperty('status');
  });
});

describe('what makes no sense is refused in words', () => {
  it.each([
    [{ kind: 'garbage', path: '/v5/private' }, /"garbage" makes no sense on \/v5\/private, a WebSocket/],
    [{ kind: 'hide-order', path: '/ws-api/v3' }, /makes no sense/],
    [{ kind: 'stream-late', path: '/api/v3/order' }, /is for private streams/],
    [{ kind: 'stream-lose', method: 'POST' }, /leave method out/],
    [{ kind: 'stream-filled-twice', exchange: 'binance' }, /Bybit's/],
    [{ kind: 'stream-shutdown', exchange: 'bybit' }, /Binance's/],
    [{ kind: 'stream-refuse', params: { event: 'filled' } }, /params.event belongs to/],
    [{ kind: 'drop', params: { event: 'filled' } }, /params.event belongs to/],
  ])('%o', async (body, words) => {
    const { venue } = await listening();
    expect(() => venue.fault(body)).toThrow(words);
  });
});
