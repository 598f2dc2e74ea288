import { describe, expect, it } from 'vitest';
import { startMs, venueInMemory, type Seen } from '../testing/venue-in-memory.js';

const limit = { type: 'LIMIT', timeInForce: 'GTC', price: '59000', quantity: '0.001' };
const header = (answer: Seen, name: string): string | undefined => (answer === 'cut' ? undefined : answer.headers[name]);
const msLeftOfMinute = 60_000 - (startMs % 60_000);

describe('request weight', () => {
  it.each([
    ['GET', '/api/v3/ping', {}, 1],
    ['GET', '/api/v3/exchangeInfo', {}, 20],
    ['GET', '/api/v3/ticker/price', { symbol: 'BTCUSDT' }, 2],
    ['GET', '/api/v3/ticker/price', {}, 4],
    ['GET', '/api/v3/ticker/24hr', {}, 80],
    ['GET', '/api/v3/depth', { symbol: 'BTCUSDT', limit: 1000 }, 50],
  ])('%s %s %j costs %i without a key', async (method, path, parameters, weight) => {
    const query = new URLSearchParams(Object.entries(parameters).map(([name, value]) => [name, String(value)])).toString();
    expect(header(await venueInMemory().raw(method, path, { query }), 'x-mbx-used-weight-1m')).toBe(String(weight));
  });

  it.each([
    ['GET', '/api/v3/account', {}, 20],
    ['GET', '/api/v3/openOrders', { symbol: 'BTCUSDT' }, 6],
    ['GET', '/api/v3/openOrders', {}, 80],
    ['GET', '/api/v3/rateLimit/order', {}, 40],
    ['GET', '/api/v3/order', { symbol: 'BTCUSDT', orderId: 1 }, 4],
    ['POST', '/api/v3/order', { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: '0.01' }, 0],
    ['POST', '/api/v3/order', { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: '1000' }, 1],
  ])('%s %s %j costs %i, signed', async (method, path, parameters, weight) => {
    expect(header(await venueInMemory().signed(method, path, parameters), 'x-mbx-used-weight-1m')).toBe(String(weight));
  });

  it('of the wallet is counted apart', async () => {
    const venue = venueInMemory();
    const answer = await venue.signed('GET', '/sapi/v1/capital/config/getall');
    expect(header(answer, 'x-sapi-used-ip-weight-1m')).toBe('10');
    expect(header(await venue.raw('GET', '/api/v3/ping', {}), 'x-mbx-used-weight-1m')).toBe('1');
  });
});

describe('an address above its weight', () => {
  const ping = (venue: ReturnType<typeof venueInMemory>, ip = '127.0.0.1') => venue.raw('GET', '/api/v3/ping', { ip });

  it('is told to wait for the next minute, and served again in it', async () => {
    const venue = venueInMemory({ limits: { weightPerMinute: 2 } });
    await ping(venue);
    expect(await ping(venue)).toMatchObject({ status: 200 });
    expect(await ping(venue)).toMatchObject({
      status: 429,
      headers: { 'retry-after': String(msLeftOfMinute / 1_000) },
      body: { code: -1003 },
    });
    expect(await ping(venue, '203.0.113.9')).toMatchObject({ status: 200 });
    venue.clock.advance(msLeftOfMinute);
    expect(await ping(venue)).toMatchObject({ status: 200, headers: { 'x-mbx-used-weight-1m': '1' } });
    expect(venue.world.stats.view()).toMatchObject({ rateLimitViolations: 1, requestsBeforeRetryAfter: 0 });
  });

  it('is banned when it goes on, and longer the second time', async () => {
    const venue = venueInMemory({ limits: { weightPerMinute: 1, ignoredBeforeBan: 3 } });
    const pings = async (count: number) => {
      const statuses: (number | 'cut')[] = [];
      for (let sent = 0; sent < count; sent += 1) {
        const answer = await ping(venue);
        statuses.push(answer === 'cut' ? 'cut' : answer.status);
      }
      return statuses;
    };
    expect(await pings(5)).toEqual([200, 429, 429, 429, 418]);
    const banned = await ping(venue);
    expect(banned).toMatchObject({ status: 418, headers: { 'retry-after': '120' }, body: { code: -1003 } });
    expect(venue.world.stats.view()).toMatchObject({ rateLimitViolations: 5, requestsBeforeRetryAfter: 4 });
    venue.clock.advance(120_000);
    expect(await pings(5)).toEqual([200, 429, 429, 429, 418]);
    expect(await ping(venue)).toMatchObject({ headers: { 'retry-after': '240' } });
  });
});

describe('unfilled orders', () => {
  const small = { orders: { per10Seconds: 3, perDay: 200_000 } };

  it('are limited per account and ten seconds', async () => {
    const venue = venueInMemory({ limits: small });
    venue.openAccount({ apiKey: 'other', apiSecret: 's' });
    const answers = [await venue.order(limit), await venue.order(limit), await venue.order(limit)];
    expect(answers.map((answer) => header(answer, 'x-mbx-order-count-10s'))).toEqual(['1', '2', '3']);
    expect(await venue.order(limit)).toMatchObject({
      status: 429,
      headers: { 'retry-after': '10' },
      body: { code: -1015, msg: 'Too many new orders; current limit is 3 orders per 10 SECOND.' },
    });
    expect(await venue.order(limit, { apiKey: 'other', secret: 's' })).toMatchObject({ status: 200 });
    venue.clock.advance(10_000);
    expect(await venue.order(limit)).toMatchObject({
      status: 200,
      headers: { 'x-mbx-order-count-10s': '1', 'x-mbx-order-count-1d': '4' },
    });
  });

  it('give their slot back when they fill, more than one when they waited, none when they are cancelled', async () => {
    const venue = venueInMemory({ limits: small });
    for (let sent = 0; sent < 10; sent += 1) expect(await venue.order({ quantity: '0.001' })).toMatchObject({ status: 200 });
    await venue.order(limit);
    await venue.order({ ...limit, price: '58000' });
    await venue.signed('DELETE', '/api/v3/openOrders', { symbol: 'BTCUSDT' });
    const count = async () => (await venue.signed('GET', '/api/v3/rateLimit/order')) as Exclude<Seen, 'cut'>;
    expect((await count()).body).toMatchObject([
      { interval: 'SECOND', limit: 3, count: 2 },
      { interval: 'DAY', count: 2 },
    ]);
    await venue.order(limit);
    venue.setPrice('BTCUSDT', '59000');
    expect((await count()).body).toMatchObject([{ count: 0 }, { count: 0 }]);
  });
});
