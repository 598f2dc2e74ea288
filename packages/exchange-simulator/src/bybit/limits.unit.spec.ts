import { describe, expect, it } from 'vitest';
import { bybitInMemory } from '../testing/bybit-in-memory.js';
import { documentedBybitLimits } from './limits.js';

type Venue = ReturnType<typeof bybitInMemory>;
const time = (venue: Venue, ip = '127.0.0.1') => venue.get('/v5/market/time', {}, { ip });
const stats = ({ world }: Venue) => {
  const { rateLimitViolations, requestsBeforeRetryAfter } = world.stats.view();
  return { rateLimitViolations, requestsBeforeRetryAfter };
};

describe('an address', () => {
  it('is documented to have 600 requests in 5 seconds, and to be banned for 10 minutes', () => {
    expect(documentedBybitLimits).toMatchObject({ requestsPer5Seconds: 600, banMs: 600_000 });
  });

  it('that asks for more hears 403 and nothing else until the ban has passed, which it counts', async () => {
    const venue = bybitInMemory({ limits: { requestsPer5Seconds: 3, banMs: 60_000 } });
    for (let asked = 0; asked < 3; asked += 1) expect(await time(venue)).toMatchObject({ status: 200 });
    expect(await time(venue)).toMatchObject({ status: 403, text: '403, access too frequent. Please try again later' });
    expect(stats(venue)).toEqual({ rateLimitViolations: 1, requestsBeforeRetryAfter: 0 });
    venue.clock.advance(59_999);
    expect(await venue.get('/v5/user/query-api')).toMatchObject({ status: 403 });
    expect(stats(venue)).toEqual({ rateLimitViolations: 1, requestsBeforeRetryAfter: 1 });
    expect(await time(venue, '203.0.113.9')).toMatchObject({ status: 200 });
    venue.clock.advance(1);
    expect(await time(venue)).toMatchObject({ status: 200 });
  });

  it('has a window that rolls: what is older than 5 seconds does not count', async () => {
    const venue = bybitInMemory({ limits: { requestsPer5Seconds: 2 } });
    await time(venue);
    venue.clock.advance(4_000);
    await time(venue);
    venue.clock.advance(1_000);
    expect(await time(venue)).toMatchObject({ status: 200 });
    venue.clock.advance(3_999);
    expect(await time(venue)).toMatchObject({ status: 403 });
  });
});

describe('an account', () => {
  const path = '/v5/order/create';
  const limits = { perSecond: { [path]: { spot: 3, linear: 2 } } };
  const spot = (venue: Venue) => venue.spot({});
  const linear = (venue: Venue) => venue.linear({});

  it.each([
    ['/v5/order/create', { spot: 20, linear: 10 }],
    ['/v5/order/realtime', { spot: 50, linear: 50 }],
    ['/v5/position/set-leverage', { spot: 10, linear: 10 }],
    ['/v5/account/set-margin-mode', { spot: 5, linear: 5 }],
  ])('has the documented budget of %s', (limited, budget) => {
    expect(documentedBybitLimits.perSecond[limited]).toEqual(budget);
  });

  it('hears at every private answer what is left of the second', async () => {
    const venue = bybitInMemory({ limits });
    const now = String(venue.clock.now());
    expect((await spot(venue)).headers).toMatchObject({
      'x-bapi-limit': '3',
      'x-bapi-limit-status': '2',
      'x-bapi-limit-reset-timestamp': now,
    });
    expect((await linear(venue)).headers).toMatchObject({ 'x-bapi-limit': '2', 'x-bapi-limit-status': '1' });
    expect((await venue.get('/v5/account/info')).headers).toMatchObject({ 'x-bapi-limit': '10' });
    expect((await time(venue)).headers).not.toHaveProperty('x-bapi-limit');
  });

  it('that asks for more is refused with 10006 until the oldest request is a second old', async () => {
    const venue = bybitInMemory({ limits });
    await linear(venue);
    venue.clock.advance(400);
    await linear(venue);
    const reset = venue.clock.now() + 600;
    expect(await linear(venue)).toMatchObject({
      status: 200,
      retCode: 10006,
      retMsg: 'Too many visits! Exceeded the API Rate Limit.',
      headers: { 'x-bapi-limit-status': '0', 'x-bapi-limit-reset-timestamp': String(reset) },
    });
    expect(stats(venue)).toEqual({ rateLimitViolations: 1, requestsBeforeRetryAfter: 0 });
    venue.clock.advance(599);
    expect(await linear(venue)).toMatchObject({ retCode: 10006 });
    expect(stats(venue)).toEqual({ rateLimitViolations: 2, requestsBeforeRetryAfter: 1 });
    venue.clock.advance(1);
    expect(await linear(venue)).toMatchObject({ retCode: 0 });
    expect(venue.book()).toHaveLength(3);
  });

  it('has one budget for spot, one for linear, and shares neither with another account or endpoint', async () => {
    const venue = bybitInMemory({ limits });
    await linear(venue);
    await linear(venue);
    expect(await linear(venue)).toMatchObject({ retCode: 10006 });
    expect(await spot(venue)).toMatchObject({ retCode: 0 });
    expect(await venue.post('/v5/order/cancel-all', { category: 'linear', symbol: 'BTCUSDT' })).toMatchObject({ retCode: 0 });
    venue.openAccount({ apiKey: 'other', apiSecret: 's' });
    const body = { category: 'linear', qty: '0.01' };
    expect(await venue.order(body, { apiKey: 'other', secret: 's' })).toMatchObject({ retCode: 0 });
  });

  it('is not charged for a request that is not its own', async () => {
    const venue = bybitInMemory({ limits });
    for (let tried = 0; tried < 5; tried += 1) await venue.order({ category: 'linear', qty: '0.01' }, { secret: 'wrong' });
    expect(await linear(venue)).toMatchObject({ retCode: 0 });
  });
});
