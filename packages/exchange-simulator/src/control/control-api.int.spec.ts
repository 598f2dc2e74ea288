import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { manualClock } from '../core/clock.js';
import { stage } from '../testing/stage.js';
import { signedClient } from '../testing/signed-client.js';

const key = 'new-key';
const secret = 'canary-secret';
let venue: Awaited<ReturnType<typeof stage>>;

beforeAll(async () => {
  venue = await stage();
});
afterAll(() => venue.stop());
beforeEach(() => venue.control.reset());

const call = (method: string, path: string, body?: unknown) => venue.control.call(method, path, body);
const open = (about: object = {}) => venue.control.openAccount({ apiKey: key, apiSecret: secret, ...about });
const client = () => signedClient(venue.urls.binance, { apiKey: key, secret }, venue.clock.now);
const refusal = (code: string, message: RegExp) => ({ success: false, error: { code, message: expect.stringMatching(message) } });

describe('POST /accounts', () => {
  it('opens an account with the defaults of the contract, and never shows the secret', async () => {
    const answer = await open();
    expect(answer).toMatchObject({
      status: 201,
      body: {
        success: true,
        account: {
          exchange: 'binance',
          environment: 'live',
          apiKey: key,
          permissions: { read: true, trade: true, futures: true, withdraw: false, transfer: false },
          ipRestricted: true,
          wallets: { spot: { USDT: { free: '100000' } }, linear: { USDT: { free: '100000' } } },
        },
      },
    });
    expect(JSON.stringify(answer.body)).not.toContain(secret);
    expect((await client().get('/api/v3/account')).status).toBe(200);
  });

  it('takes rights, balances and environment', async () => {
    const given = {
      permissions: { trade: false, withdraw: true },
      balances: { BTC: '0.5', USDT: 10 },
      ipRestricted: false,
      environment: 'testnet',
    };
    expect((await open(given)).body['account']).toMatchObject({
      environment: 'testnet',
      permissions: { read: true, trade: false, withdraw: true },
      ipRestricted: false,
      wallets: { spot: { BTC: { free: '0.5' }, USDT: { free: '10' } } },
    });
  });

  it('takes rights by the venue’s own names, an end, and how an unbound key is shown', async () => {
    const given = { rights: { enableMargin: true }, expiresAt: '2030-01-01T00:00:00.000Z', unboundAs: 'absent' };
    expect((await open(given)).body['account']).toMatchObject(given);
    const patch = (body: object) => call('PATCH', `/accounts/${key}`, body);
    expect((await patch({ rights: {}, expiresAt: null })).body['account']).toMatchObject({ rights: {}, unboundAs: 'absent' });
    expect((await patch({})).body['account']).not.toHaveProperty('expiresAt');
    expect(await patch({ rights: { Wallet: ['Withdraw'] } })).toEqual({
      status: 400,
      body: refusal('invalid_request', /rights\.Wallet: must be true or false/),
    });
  });

  it('refuses a key that is taken', async () => {
    await open();
    expect(await open()).toEqual({ status: 409, body: refusal('account_exists', /PATCH/) });
  });

  it('takes a leverage, a position mode and a margin mode, and balances for one wallet alone', async () => {
    const given = { positionMode: 'hedge', leverage: 5, marginMode: 'isolated', marketType: 'linear', balances: { USDT: '10' } };
    expect((await open(given)).body['account']).toMatchObject({
      positionMode: 'hedge',
      leverage: 5,
      marginMode: 'isolated',
      wallets: { spot: { USDT: { free: '100000' } }, linear: { USDT: { free: '10' } } },
    });
    const changed = { positionMode: 'one-way', marketType: 'spot', balances: { USDT: '1' } };
    expect((await venue.control.call('PATCH', `/accounts/${key}`, changed)).body['account']).toMatchObject({
      positionMode: 'one-way',
      wallets: { spot: { USDT: { free: '1' } }, linear: { USDT: { free: '10' } } },
    });
  });

  it.each([
    ['an exchange that is none', { exchange: 'kraken' }, /exchange/],
    ['no key', { apiKey: '' }, /apiKey/],
    ['a negative balance', { balances: { USDT: '-1' } }, /balances\.USDT: must not be negative/],
    ['a balance that is no number', { balances: { USDT: 'much' } }, /balances\.USDT/],
    ['a right that Binance would not write so', { rights: { Wallet: ['Withdraw'] } }, /rights\.Wallet: must be true or false/],
    ['a right that Bybit would not write so', { exchange: 'bybit', rights: { Spot: true } }, /rights\.Spot: must be a list/],
    ['a field it does not know', { colour: 'red' }, /colour/],
  ])('refuses %s and names the field, without repeating the secret', async (_what, about, message) => {
    const answer = await open(about);
    expect(answer).toEqual({ status: 400, body: refusal('invalid_request', message) });
    expect(JSON.stringify(answer.body)).not.toContain(secret);
  });
});

describe('PATCH /accounts/{apiKey}', () => {
  it('changes rights, balances and addresses, each alone', async () => {
    await open();
    const patch = (body: object) => call('PATCH', `/accounts/${key}`, body);
    expect(await patch({ permissions: { trade: false } })).toMatchObject({
      status: 200,
      body: { account: { permissions: { read: true, trade: false } } },
    });
    expect(await patch({ balances: { BTC: '2' } })).toMatchObject({
      body: { account: { permissions: { trade: false }, wallets: { spot: { USDT: { free: '100000' }, BTC: { free: '2' } } } } },
    });
    await patch({ allowedIps: ['203.0.113.9'] });
    expect((await client().get('/api/v3/account')).status).toBe(401);
    await patch({ ipRestricted: false });
    expect((await client().get('/api/v3/account')).status).toBe(200);
  });

  it.each([{ revoked: true }, { revoke: true }])('revokes a key by %j', async (body) => {
    await open();
    expect(await call('PATCH', `/accounts/${key}`, body)).toMatchObject({ status: 200, body: { account: { revoked: true } } });
    expect((await client().get('/api/v3/account')).body).toMatchObject({ code: -2015 });
  });

  it('refuses an account that does not exist', async () => {
    expect(await call('PATCH', '/accounts/nobody', {})).toEqual({
      status: 404,
      body: refusal('account_not_found', /POST \/accounts/),
    });
  });
});

describe('GET /orders', () => {
  it('is a bare array: all orders, or those of one key', async () => {
    await open();
    await open({ apiKey: 'second' });
    await client().post('/api/v3/order', {
      symbol: 'BTCUSDT',
      side: 'BUY',
      type: 'MARKET',
      quantity: '0.01',
      newClientOrderId: 'a',
    });
    await client().post('/api/v3/order', {
      symbol: 'ETHUSDT',
      side: 'BUY',
      type: 'LIMIT',
      timeInForce: 'GTC',
      quantity: '1',
      price: '2900',
      newClientOrderId: 'b',
    });
    expect(await venue.control.book()).toMatchObject([
      { clientOrderId: 'a', type: 'market', side: 'buy', amount: '0.01', price: '60000', status: 'filled' },
      { clientOrderId: 'b', type: 'limit', symbol: 'ETHUSDT', amount: '1', price: '2900', status: 'new' },
    ]);
    expect(await venue.control.book(key)).toHaveLength(2);
    expect(await venue.control.book('second')).toEqual([]);
    expect(await venue.control.book('')).toHaveLength(2);
  });
});

describe('GET /positions', () => {
  it('shows what is open, of one account or of all', async () => {
    await open({ leverage: 5 });
    await client().post('/fapi/v1/order', { symbol: 'BTCUSDT', side: 'SELL', type: 'MARKET', quantity: '0.01' });
    const position = {
      exchange: 'binance',
      market: 'linear',
      apiKey: key,
      symbol: 'BTCUSDT',
      side: 'short',
      size: '0.01',
      entryPrice: '60000',
      leverage: 5,
      positionSide: 'both',
    };
    for (const path of ['/positions', `/positions?apiKey=${key}`])
      expect(await venue.control.call('GET', path)).toEqual({ status: 200, body: [position] });
    expect(await venue.control.call('GET', '/positions?apiKey=another')).toEqual({ status: 200, body: [] });
  });
});

describe('PUT /markets/{symbol}', () => {
  it('moves the market, and with it the orders that wait', async () => {
    await open();
    await client().post('/api/v3/order', {
      symbol: 'BTCUSDT',
      side: 'BUY',
      type: 'LIMIT',
      timeInForce: 'GTC',
      quantity: '0.1',
      price: '59000',
    });
    expect(await call('PUT', '/markets/BTCUSDT', { price: 58_500 })).toMatchObject({
      status: 200,
      body: { success: true, market: { symbol: 'BTCUSDT', price: '58500' } },
    });
    expect(await venue.control.book()).toMatchObject([{ status: 'filled' }]);
  });

  it('refuses unknown markets and prices that are none', async () => {
    expect(await call('PUT', '/markets/DOGEUSDT', { price: '1' })).toEqual({
      status: 404,
      body: refusal('market_not_found', /BTCUSDT, ETHUSDT, SOLUSDT/),
    });
    for (const price of ['0', '-1', 'high', null]) {
      expect(await call('PUT', '/markets/BTCUSDT', { price })).toEqual({
        status: 400,
        body: refusal('invalid_request', /price/),
      });
    }
  });
});

describe('faults', () => {
  it('are set and cleared', async () => {
    expect(await venue.control.fault({ kind: 'drop', method: 'post' })).toMatchObject({
      status: 201,
      body: { success: true, fault: { kind: 'drop', method: 'POST', times: 1 } },
    });
    expect(await call('DELETE', '/faults')).toEqual({ status: 200, body: { success: true, removed: 1 } });
    await open();
    const placed = await client().post('/api/v3/order', { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: '0.01' });
    expect(placed.status).toBe(200);
  });

  it.each([
    ['a kind that is none', { kind: 'explode' }, /there is no fault kind "explode"; the kinds are drop,/],
    ['a kind that the exchange cannot have', { kind: 'reject-after-accept', exchange: 'binance' }, /Bybit/],
    ['a share', { kind: 'drop', params: { share: '0.5' } }, /params\.share belongs to kind "partial-fill"/],
    [
      'a venue code',
      { kind: 'status', params: { code: -1001 } },
      /params\.code belongs to kind "venue-error" or "accept-then-error"/,
    ],
  ])('say 422 to %s', async (_what, body, message) => {
    expect(await venue.control.fault(body)).toEqual({ status: 422, body: refusal('not_supported', message) });
  });

  it.each([
    [{ kind: 'drop', times: 0 }, /times/],
    [{ kind: 'drop', path: 'api' }, /path/],
    [{ kind: 'delay', params: { ms: -1 } }, /params\.ms/],
    [{ kind: 'status', params: { status: 42 } }, /params\.status/],
    [{ kind: 'garbage', params: { status: 204 } }, /params\.status: 204 has no body/],
    [{ kind: 'partial-fill', params: { share: '1.1' } }, /params\.share: must be between 0 and 1/],
    [{}, /kind/],
  ])('say 400 to %j', async (body, message) => {
    expect(await venue.control.fault(body)).toEqual({ status: 400, body: refusal('invalid_request', message) });
  });
});

describe('POST /reset', () => {
  it('forgets accounts, orders, prices, faults and counts, and takes no body', async () => {
    await open();
    await venue.control.setPrice('BTCUSDT', '50000');
    await client().post('/api/v3/order', { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: '0.01' });
    await venue.control.fault({ kind: 'drop' });
    const reset = await fetch(`${venue.urls.control}/reset`, { method: 'POST', headers: { 'content-type': 'application/json' } });
    expect(await reset.json()).toEqual({ success: true });
    expect(await venue.control.book()).toEqual([]);
    expect(await venue.control.stats()).toEqual({
      requests: {},
      signatureFailures: 0,
      rateLimitViolations: 0,
      requestsBeforeRetryAfter: 0,
    });
    expect((await client().get('/api/v3/account')).body).toMatchObject({ code: -2015 });
    expect(await (await fetch(`${venue.urls.binance}/api/v3/ticker/price?symbol=BTCUSDT`)).json()).toMatchObject({
      price: '60000.00000000',
    });
  });

  it('cuts requests that a fault was holding', async () => {
    const clock = manualClock(1_790_000_000_000);
    await using still = await stage({ clock });
    await still.control.fault({ kind: 'delay', path: '/api/v3/ping' });
    const held = fetch(`${still.urls.binance}/api/v3/ping`).then(
      () => 'answered',
      () => 'cut',
    );
    await vi.waitFor(() => expect(clock.pending()).toBe(1));
    await still.control.reset();
    expect(await held).toBe('cut');
  });
});

describe('GET /stats', () => {
  it('counts requests by path and outcome', async () => {
    await open();
    await client().get('/api/v3/account');
    await signedClient(venue.urls.binance, { apiKey: key, secret: 'wrong' }, venue.clock.now).get('/api/v3/account');
    expect(await venue.control.stats()).toEqual({
      requests: { '/api/v3/account': { 200: 1, 400: 1 } },
      signatureFailures: 1,
      rateLimitViolations: 0,
      requestsBeforeRetryAfter: 0,
    });
  });
});

describe('anything else', () => {
  it('is a clear refusal, never a 5xx', async () => {
    expect(await call('GET', '/nothing')).toEqual({ status: 404, body: refusal('not_found', /README/) });
    const broken = await fetch(`${venue.urls.control}/accounts`, { method: 'POST', body: '{"apiSecret": "canary-secret' });
    expect(broken.status).toBe(400);
    expect(await broken.text()).not.toContain('canary');
  });
});

describe('PUT /fault-plan', () => {
  it('draws faults for orders from a seed, tells how it goes, and ends', async () => {
    await open();
    expect(await call('GET', '/fault-plan')).toMatchObject({ status: 200, body: { plan: null, orders: 0 } });
    expect(
      await call('PUT', '/fault-plan', { seed: 7, share: 1, kinds: { 'accept-then-status': 1 }, exchange: 'binance' }),
    ).toMatchObject({
      status: 200,
      body: { plan: { seed: 7, share: 1, most: 3, kinds: { 'accept-then-status': 1 }, exchange: 'binance' }, orders: 0 },
    });
    const order = { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: '0.01', newClientOrderId: 'mine' };
    expect((await client().post('/api/v3/order', order)).status).toBeGreaterThanOrEqual(400);
    expect(await venue.control.book()).toMatchObject([{ clientOrderId: 'mine', status: 'filled' }]);
    expect(await call('DELETE', '/fault-plan')).toMatchObject({
      body: { plan: null, orders: 1, hit: 1, drawn: { 'accept-then-status': 1 }, met: { 'accept-then-status': 1 } },
    });
    expect(await client().post('/api/v3/order', { ...order, newClientOrderId: 'next' })).toMatchObject({ status: 200 });
  });

  it('is 30 % and all kinds without a word, and forgotten by a reset', async () => {
    expect(await call('PUT', '/fault-plan')).toMatchObject({
      body: { plan: { seed: 1, share: 0.3, most: 3, lookUpShare: 0.25 } },
    });
    await venue.control.reset();
    expect(await call('GET', '/fault-plan')).toMatchObject({ body: { plan: null } });
  });

  it.each([
    [{ share: 2 }, 400, 'invalid_request', /share/],
    [{ kinds: ['nothing'] }, 422, 'not_supported', /a plan has no kind "nothing"/],
    [{ kinds: ['stream-refuse'] }, 422, 'not_supported', /a plan has no kind/],
    [{ ms: { delay: [2, 1] } }, 400, 'invalid_request', /ms\.delay/],
  ])('refuses %o', async (body, status, code, words) => {
    expect(await call('PUT', '/fault-plan', body)).toEqual({ status, body: refusal(code, words) });
  });
});
