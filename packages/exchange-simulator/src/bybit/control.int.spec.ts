import { RestClientV5 } from 'bybit-api';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startSimulator, type Simulator } from '../start-simulator.js';
import { controlClient } from '../testing/control-client.js';

let simulator: Simulator;
let control: ReturnType<typeof controlClient>;
const key = 'abcdefghijklmnopqr';
const secret = 'Z'.repeat(36);
const account = { exchange: 'bybit', apiKey: key, apiSecret: secret };
const market = { category: 'linear', symbol: 'BTCUSDT', side: 'Buy', orderType: 'Market', qty: '0.01' } as const;
const client = (): RestClientV5 => new RestClientV5({ key, secret, baseUrl: simulator.urls.bybit });

beforeAll(async () => {
  simulator = await startSimulator({
    bybitLimits: { perSecond: { '/v5/position/list': { spot: 0, linear: 0 }, '/v5/account/info': { spot: 7, linear: 7 } } },
  });
  control = controlClient(simulator.urls.control);
});
beforeEach(() => control.reset());
afterAll(() => simulator.stop());

describe('an account of Bybit', () => {
  it('is unified with one wallet for both markets, whichever its balances were meant for', async () => {
    const one = await control.openAccount({ ...account, marketType: 'linear', balances: { USDT: '5' } });
    expect(one.body['account']).toMatchObject({
      accountType: 'unified',
      leverage: 10,
      wallets: { spot: { USDT: { free: '5' } }, linear: { USDT: { free: '5' } } },
    });
    expect(JSON.stringify(one.body)).not.toContain(secret);
  });

  it('may be classic with a wallet for each', async () => {
    const classic = { ...account, accountType: 'classic', marketType: 'spot', balances: { USDT: '5' } };
    expect((await control.openAccount(classic)).body['account']).toMatchObject({
      accountType: 'classic',
      wallets: { spot: { USDT: { free: '5' } }, linear: { USDT: { free: '100000' } } },
    });
  });

  it('has a key that a test may end', async () => {
    await control.openAccount(account);
    expect(await client().getQueryApiKey()).toMatchObject({ retCode: 0 });
    expect(await control.call('PATCH', `/accounts/${key}`, { expiresAt: '2020-01-01T00:00:00Z' })).toMatchObject({ status: 200 });
    expect(await client().getQueryApiKey()).toMatchObject({ retCode: 33004 });
    expect(await control.call('PATCH', `/accounts/${key}`, { expiresAt: 'soon' })).toMatchObject({ status: 400 });
  });

  it('is no kind of account that Binance has', async () => {
    expect(await control.openAccount({ apiKey: 'b', apiSecret: 'b', accountType: 'unified' })).toMatchObject({
      status: 422,
      body: { error: { code: 'not_supported' } },
    });
    expect(await control.openAccount({ apiKey: 'b', apiSecret: 'b', accountType: 'classic' })).toMatchObject({ status: 201 });
  });
});

describe('the control API', () => {
  it("shows Bybit's orders and positions, and counts its requests", async () => {
    await control.openAccount(account);
    const { result } = await client().submitOrder({ ...market, orderLinkId: 'mine' });
    expect(await control.book(key)).toMatchObject([
      { exchange: 'bybit', market: 'linear', clientOrderId: 'mine', orderId: result.orderId, status: 'filled', price: '60000' },
    ]);
    expect((await control.call('GET', `/positions?apiKey=${key}`)).body).toMatchObject([
      { exchange: 'bybit', symbol: 'BTCUSDT', side: 'long', size: '0.01', leverage: 10, positionSide: 'both' },
    ]);
    expect(await control.stats()).toMatchObject({ requests: { '/v5/order/create': { 200: 1 } } });
    await control.reset();
    expect(await control.book()).toEqual([]);
    expect(await client().getQueryApiKey()).toMatchObject({ retCode: 10003 });
  });

  it('may be started with other limits, path by path', async () => {
    await control.openAccount(account);
    expect(await client().getPositionInfo({ category: 'linear', settleCoin: 'USDT' })).toMatchObject({ retCode: 10006 });
    const told = new RestClientV5({ key, secret, baseUrl: simulator.urls.bybit, parseAPIRateLimits: true });
    expect(await told.getAccountInfo()).toMatchObject({ rateLimitApi: { maxRequests: 7, remainingRequests: 6 } });
    expect(await client().getActiveOrders({ category: 'spot' })).toMatchObject({ retCode: 0 });
    expect(await control.stats()).toMatchObject({ rateLimitViolations: 1 });
  });
});
