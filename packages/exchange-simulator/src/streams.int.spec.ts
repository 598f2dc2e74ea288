import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bareSocket } from './testing/bare-socket.js';
import { hmac } from './testing/signed-client.js';
import { follower, stage } from './testing/stage.js';

let venue: Awaited<ReturnType<typeof stage>>;
const sockets: Awaited<ReturnType<typeof bareSocket>>[] = [];
const trader = { apiKey: 'abcdefghijklmnopqr', secret: 'Z'.repeat(36) };

const open = async (url: string) => {
  const socket = await bareSocket(url);
  sockets.push(socket);
  return socket;
};
const spotStream = async () => {
  const socket = await open(`${venue.urls.binance}/ws-api/v3`);
  const timestamp = Date.now();
  const signature = hmac(follower.secret, `apiKey=${follower.apiKey}&timestamp=${timestamp}`);
  socket.send({ id: 1, method: 'userDataStream.subscribe.signature', params: { apiKey: follower.apiKey, timestamp, signature } });
  await socket.frame(({ id }) => id === 1);
  return socket;
};
const order = { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: '0.01' };
const event = (frame: Readonly<Record<string, unknown>>) => (frame['event'] ?? {}) as Readonly<Record<string, unknown>>;

beforeAll(async () => {
  venue = await stage();
});
afterAll(async () => {
  for (const socket of sockets) socket.close();
  await venue.stop();
});
beforeEach(async () => {
  await venue.control.reset();
  await venue.control.openAccount({ apiKey: follower.apiKey, apiSecret: follower.secret });
  await venue.control.openAccount({ exchange: 'bybit', apiKey: trader.apiKey, apiSecret: trader.secret });
});

describe('a bare client', () => {
  it('follows an order on Binance spot by one signed frame', async () => {
    const socket = await spotStream();
    await venue.client.post('/api/v3/order', { ...order, newClientOrderId: 'mine' });
    expect(event(await socket.frame((frame) => event(frame)['X'] === 'FILLED'))).toMatchObject({ c: 'mine', z: '0.01000000' });
  });

  it('follows an order on USDM by a listenKey', async () => {
    const { body } = await venue.client.post('/fapi/v1/listenKey');
    const socket = await open(`${venue.urls.binance}/private/ws?listenKey=${String(body['listenKey'])}`);
    await venue.client.post('/fapi/v1/order', { ...order, newClientOrderId: 'mine' });
    const filled = await socket.frame(({ o }) => (o as { X?: string } | undefined)?.X === 'FILLED');
    expect(filled).toMatchObject({ e: 'ORDER_TRADE_UPDATE', o: { c: 'mine' } });
  });

  it('follows an order on Bybit by a login', async () => {
    const socket = await open(`${venue.urls.bybit}/v5/private`);
    const expires = Date.now() + 10_000;
    socket.send({ op: 'auth', args: [trader.apiKey, expires, hmac(trader.secret, `GET/realtime${expires}`)] });
    socket.send({ op: 'subscribe', args: ['order'] });
    await socket.frame(({ op }) => op === 'subscribe');
    const body = JSON.stringify({
      category: 'linear',
      symbol: 'BTCUSDT',
      side: 'Buy',
      orderType: 'Market',
      qty: '0.01',
      orderLinkId: 'mine',
    });
    const stamp = String(Date.now());
    await fetch(`${venue.urls.bybit}/v5/order/create`, {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/json',
        'x-bapi-api-key': trader.apiKey,
        'x-bapi-timestamp': stamp,
        'x-bapi-recv-window': '5000',
        'x-bapi-sign': hmac(trader.secret, `${stamp}${trader.apiKey}5000${body}`),
      },
    });
    const statusOf = ({ data }: Readonly<Record<string, unknown>>) =>
      (data as { orderStatus?: string }[] | undefined)?.[0]?.orderStatus;
    expect(await socket.frame((frame) => statusOf(frame) === 'Filled')).toMatchObject({
      topic: 'order',
      data: [{ orderLinkId: 'mine' }],
    });
  });

  it('hears protocol pings and stays as long as it answers them', async () => {
    await venue.control.call('PUT', '/streams', { pingMs: 10 });
    const socket = await spotStream();
    await socket.pinged(10);
    socket.send({ id: 2, method: 'session.status' });
    expect(await socket.frame(({ id }) => id === 2)).toMatchObject({ status: 200 });
  });
});

describe('the control API', () => {
  it('shows who is connected, and ends connections as a network and as a venue would', async () => {
    for (const [how, code] of [
      ['drop', 'reset'],
      ['close', 1_001],
      ['shutdown', 1_001],
    ] as const) {
      const socket = await spotStream();
      expect((await venue.control.call('GET', '/streams')).body).toMatchObject({
        settings: { events: 'before-reply', pingMs: null, pongMs: null, revoked: 'silent' },
        connections: [{ exchange: 'binance', path: '/ws-api/v3', apiKeys: [follower.apiKey] }],
      });
      expect((await venue.control.call('DELETE', `/streams?how=${how}&apiKey=${follower.apiKey}`)).body).toMatchObject({
        ended: 1,
      });
      expect(await socket.end()).toBe(code);
      expect(socket.frames.some((frame) => event(frame)['e'] === 'serverShutdown')).toBe(how === 'shutdown');
      expect((await venue.control.call('GET', '/streams')).body).toMatchObject({ connections: [] });
    }
  });

  it('resets every connection with the simulation', async () => {
    const socket = await spotStream();
    await venue.control.reset();
    expect(await socket.end()).toBe('reset');
  });

  it('refuses an upgrade that there is not, and one that is too many', async () => {
    await expect(open(`${venue.urls.binance}/ws/old`)).rejects.toThrow('refused with 404');
    await venue.control.fault({ kind: 'stream-refuse', exchange: 'bybit' });
    await expect(open(`${venue.urls.bybit}/v5/private`)).rejects.toThrow('refused with 403');
  });

  it('plays a dropped stream over the wire', async () => {
    const socket = await spotStream();
    await venue.control.fault({ kind: 'stream-drop', exchange: 'binance' });
    expect(await venue.client.post('/api/v3/order', order)).toMatchObject({ status: 200 });
    expect(await socket.end()).toBe('reset');
  });

  it('refuses what it does not know of streams', async () => {
    expect(await venue.control.call('PUT', '/streams', { events: 'whenever' })).toMatchObject({
      status: 400,
      body: { error: { code: 'invalid_request' } },
    });
    expect(await venue.control.fault({ kind: 'garbage', path: '/v5/private' })).toMatchObject({
      status: 422,
      body: { error: { code: 'not_supported' } },
    });
  });
});
