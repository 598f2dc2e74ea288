import { describe, expect, it } from 'vitest';
import { hmac } from '../testing/signed-client.js';
import { encoded, follower, startMs, venueInMemory } from '../testing/venue-in-memory.js';

const account = '/api/v3/account';
const rejected = { status: 401, body: { code: -2015, msg: 'Invalid API-key, IP, or permissions for action.' } };

describe('a signature', () => {
  const payload = encoded({ symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: '0.01', timestamp: startMs });
  const [first, second] = [payload.slice(0, payload.indexOf('&type')), payload.slice(payload.indexOf('type'))];
  const { apiKey, secret } = follower;

  it.each([
    ['at the end of the body', { body: `${payload}&signature=${hmac(secret, payload)}` }],
    ['at the end of the query, as other SDKs send orders', { query: `${payload}&signature=${hmac(secret, payload)}` }],
    ['in front', { body: `signature=${hmac(secret, payload)}&${payload}` }],
    ['in the middle, in upper case', { body: `${first}&signature=${hmac(secret, payload).toUpperCase()}&${second}` }],
    ['over query and body joined', { query: first, body: `${second}&signature=${hmac(secret, first + second)}` }],
    ['in the query while the rest is in the body', { query: `signature=${hmac(secret, payload)}`, body: payload }],
  ])('is taken %s', async (_where, sent) => {
    expect(await venueInMemory().raw('POST', '/api/v3/order', { apiKey, ...sent })).toMatchObject({
      status: 200,
      body: { status: 'FILLED' },
    });
  });

  it('of another secret is refused and counted', async () => {
    const venue = venueInMemory();
    expect(await venue.signed('GET', account, {}, { secret: 'g'.repeat(64) })).toMatchObject({
      status: 400,
      body: { code: -1022, msg: 'Signature for this request is not valid.' },
    });
    expect(venue.world.stats.view().signatureFailures).toBe(1);
  });

  it('over the text before percent-encoding is refused', async () => {
    const query = `symbol=BTCUSDT&origClientOrderId=a%2Fb&timestamp=${startMs}`;
    const get = (signature: string) =>
      venueInMemory().raw('GET', '/api/v3/order', { apiKey, query: `${query}&signature=${signature}` });
    expect(await get(hmac(secret, decodeURIComponent(query)))).toMatchObject({ status: 400, body: { code: -1022 } });
    expect(await get(hmac(secret, query))).toMatchObject({ status: 400, body: { code: -2013 } });
  });

  it('covers a parameter that a go-between added', async () => {
    const signedText = `${payload}&signature=${hmac(secret, payload)}`;
    const answer = await venueInMemory().raw('POST', '/api/v3/order', { apiKey, body: signedText, query: 'quantity=1' });
    expect(answer).toMatchObject({ status: 400, body: { code: -1022 } });
  });
});

describe('the clock of a request', () => {
  it('must be inside the window when it arrives', async () => {
    const venue = venueInMemory();
    const late = { status: 400, body: { code: -1021, msg: 'Timestamp for this request is outside of the recvWindow.' } };
    expect(await venue.signed('GET', account, { timestamp: startMs - 5_001 })).toMatchObject(late);
    expect(await venue.signed('GET', account, { timestamp: startMs - 5_001, recvWindow: 6_000 })).toMatchObject({ status: 200 });
    expect(await venue.signed('GET', account, { timestamp: startMs + 1_000 })).toMatchObject({
      status: 400,
      body: { code: -1021 },
    });
    expect(await venue.signed('GET', account, { recvWindow: 60_001 })).toMatchObject({ status: 400, body: { code: -1131 } });
  });
});

describe('a key', () => {
  it.each([
    ['is missing', undefined],
    ['has characters that no key has', 'not a key!'],
  ])('that %s is refused by its format', async (_what, apiKey) => {
    const answer = await venueInMemory().raw('GET', account, {
      query: 'timestamp=1&signature=x',
      ...(apiKey === undefined ? {} : { apiKey }),
    });
    expect(answer).toMatchObject({ status: 401, body: { code: -2014, msg: 'API-key format invalid.' } });
  });

  it('that the venue never gave out is refused', async () => {
    expect(await venueInMemory().signed('GET', account, {}, { apiKey: 'x'.repeat(64) })).toMatchObject(rejected);
  });

  it('that may only read reads, and is refused where it would trade', async () => {
    const venue = venueInMemory();
    venue.world.accounts.change(follower.apiKey, { permissions: { trade: false } });
    expect(await venue.signed('GET', account)).toMatchObject({ status: 200 });
    expect(await venue.order({ quantity: '0.01' })).toMatchObject(rejected);
    expect(await venue.signed('DELETE', '/api/v3/openOrders', { symbol: 'BTCUSDT' })).toMatchObject(rejected);
    expect(venue.book()).toEqual([]);
  });

  it('that may not read is refused where it would read', async () => {
    const venue = venueInMemory();
    venue.world.accounts.change(follower.apiKey, { permissions: { read: false } });
    expect(await venue.signed('GET', account)).toMatchObject(rejected);
    expect(await venue.order({ quantity: '0.01' })).toMatchObject({ status: 200 });
  });

  it('that was deleted is refused everywhere', async () => {
    const venue = venueInMemory();
    venue.world.accounts.change(follower.apiKey, { revoked: true });
    expect(await venue.signed('GET', account)).toMatchObject(rejected);
    expect(await venue.order({ quantity: '0.01' })).toMatchObject(rejected);
  });

  it('that is bound to addresses is refused from another one; an unbound key is not', async () => {
    const venue = venueInMemory();
    expect(await venue.signed('GET', account, {}, { ip: '203.0.113.9' })).toMatchObject(rejected);
    venue.world.accounts.change(follower.apiKey, { ipRestricted: false });
    expect(await venue.signed('GET', account, {}, { ip: '203.0.113.9' })).toMatchObject({ status: 200 });
  });
});

describe('an environment', () => {
  const onTestnet = { headers: { host: 'testnet.binance.vision' } };
  const onLive = { headers: { host: 'api.binance.com' } };

  it('does not know the keys of the other one, when the client kept the host name', async () => {
    const venue = venueInMemory();
    expect(await venue.signed('GET', account, {}, onTestnet)).toMatchObject(rejected);
    expect(await venue.signed('GET', account, {}, onLive)).toMatchObject({ status: 200 });
    const other = { apiKey: 't'.repeat(64), secret: 's' };
    venue.openAccount({ apiKey: other.apiKey, apiSecret: other.secret, environment: 'testnet' });
    expect(await venue.signed('GET', account, {}, { ...other, ...onLive })).toMatchObject(rejected);
    expect(await venue.signed('GET', account, {}, { ...other, ...onTestnet })).toMatchObject({ status: 200 });
    expect(await venue.signed('GET', account, {}, other)).toMatchObject({ status: 200 });
  });

  it('has no wallet endpoints when it is the testnet', async () => {
    const venue = venueInMemory();
    venue.openAccount({ apiKey: 'tn', apiSecret: 's', environment: 'testnet' });
    const answer = await venue.signed('GET', '/sapi/v1/account/apiRestrictions', {}, { apiKey: 'tn', secret: 's' });
    expect(answer).toMatchObject({ status: 404, body: {} });
    const addressed = (host: object) =>
      venue.signed('GET', '/sapi/v1/account/apiRestrictions', {}, { apiKey: 'tn', secret: 's', ...host });
    expect(await addressed(onTestnet)).toMatchObject({ status: 404, body: {} });
    expect(await addressed(onLive)).toMatchObject(rejected);
  });
});

describe('the permission check', () => {
  it('tells what the key may do', async () => {
    const venue = venueInMemory();
    const check = () => venue.signed('GET', '/sapi/v1/account/apiRestrictions');
    expect(await check()).toMatchObject({
      status: 200,
      headers: { 'x-sapi-used-ip-weight-1m': '1' },
      body: {
        ipRestrict: true,
        createTime: startMs,
        enableReading: true,
        enableSpotAndMarginTrading: true,
        enableFutures: true,
        enableWithdrawals: false,
        enableInternalTransfer: false,
        permitsUniversalTransfer: false,
        enablePortfolioMarginTrading: false,
      },
    });
    venue.world.accounts.change(follower.apiKey, {
      permissions: { withdraw: true, transfer: true, trade: false },
      ipRestricted: false,
    });
    expect(await check()).toMatchObject({
      body: {
        ipRestrict: false,
        enableSpotAndMarginTrading: false,
        enableWithdrawals: true,
        enableInternalTransfer: true,
        permitsUniversalTransfer: true,
      },
    });
  });

  it('tells rights by their own names, known ones and others, and grants nothing by them', async () => {
    const venue = venueInMemory();
    const rights = { enableMargin: true, permitsUniversalTransfer: true, enableTeleportation: true, enableFutures: false };
    venue.world.accounts.change(follower.apiKey, { rights });
    expect(await venue.signed('GET', '/sapi/v1/account/apiRestrictions')).toMatchObject({
      body: { ...rights, enableInternalTransfer: false, enableSpotAndMarginTrading: true },
    });
    expect(await venue.signed('GET', '/fapi/v1/accountConfig')).toMatchObject({ status: 200 });
  });

  it('tells when the right to trade ends, and the venue holds to it', async () => {
    const venue = venueInMemory();
    const check = () => venue.signed('GET', '/sapi/v1/account/apiRestrictions');
    expect(await check()).not.toHaveProperty('body.tradingAuthorityExpirationTime');
    venue.world.accounts.change(follower.apiKey, { expiresAtMs: startMs + 1_000 });
    expect(await check()).toMatchObject({
      body: { tradingAuthorityExpirationTime: startMs + 1_000, enableSpotAndMarginTrading: true },
    });
    venue.clock.advance(1_000);
    expect(await check()).toMatchObject({ status: 200, body: { enableSpotAndMarginTrading: false, enableReading: true } });
    expect(await venue.order({ quantity: '0.01' })).toMatchObject(rejected);
    venue.world.accounts.change(follower.apiKey, { expiresAtMs: null });
    expect(await venue.order({ quantity: '0.01' })).toMatchObject({ status: 200 });
  });
});
