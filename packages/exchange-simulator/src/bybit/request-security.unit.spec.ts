import { describe, expect, it } from 'vitest';
import { bybitInMemory, startMs, trader, type About } from '../testing/bybit-in-memory.js';

const info = '/v5/user/query-api';

describe('the gateway', () => {
  it.each(['x-bapi-api-key', 'x-bapi-sign', 'x-bapi-timestamp'])('answers 401 without %s', async (name) => {
    const venue = bybitInMemory();
    expect(await venue.get(info, {}, { headers: { [name]: undefined } })).toMatchObject({ status: 401, text: 'Unauthorized' });
  });

  it.each([
    ['x-bapi-timestamp', 'now'],
    ['x-bapi-recv-window', 'wide'],
  ])('answers 401 when %s is no number', async (name, value) => {
    expect(await bybitInMemory().get(info, {}, { headers: { [name]: value } })).toMatchObject({ status: 401 });
  });

  it('needs neither a sign type nor a window, which is 5 s by default', async () => {
    const venue = bybitInMemory();
    expect(await venue.get(info, {}, { headers: { 'x-bapi-sign-type': '2' } })).toMatchObject({ status: 200, retCode: 0 });
    expect(await venue.get(info, {}, { headers: { 'x-bapi-recv-window': undefined } })).toMatchObject({ retCode: 0 });
    const late = { headers: { 'x-bapi-recv-window': undefined }, timestamp: startMs - 5_001 };
    expect(await venue.get(info, {}, late)).toMatchObject({ retCode: 10002 });
  });

  it('answers 404 to a path it does not have, and 10017 to a method that the path does not have', async () => {
    const venue = bybitInMemory();
    expect(await venue.get('/v5/nothing')).toMatchObject({ status: 404, text: '404 page not found' });
    expect(await venue.get('/v5/order/create')).toMatchObject({ status: 404, retCode: 10017, retMsg: 'Route not found.' });
  });

  it('answers 403 to a GET with a body', async () => {
    const { venue } = bybitInMemory();
    const request = { method: 'GET', path: '/v5/market/time', query: '', body: '{}', headers: {}, ip: '127.0.0.1' };
    expect(await venue(request)).toMatchObject({ status: 403, body: 'Forbidden' });
  });

  it.each(['', '[1]', '"text"', '{', '{"category":5}'])('knows the caller before it reads the body %j', async (body) => {
    const venue = bybitInMemory();
    expect(await venue.post('/v5/order/create', body)).toMatchObject({ status: 200, retCode: 10001 });
    expect(await venue.post('/v5/order/create', body, { secret: 'wrong' })).toMatchObject({ retCode: 10004 });
  });

  it('wraps every refusal of the venue itself in the envelope', async () => {
    const answer = await bybitInMemory().get(info, {}, { secret: 'wrong' });
    expect(Object.keys(JSON.parse(answer.text) as object)).toEqual(['retCode', 'retMsg', 'result', 'retExtInfo', 'time']);
    expect(answer).toMatchObject({ status: 200, result: {}, retExtInfo: {}, time: startMs });
  });
});

describe('the window', () => {
  it.each([
    [-5_000, 0],
    [-5_001, 10002],
    [999, 0],
    [1_000, 10002],
  ])('takes a stamp that is %i ms off with %i', async (off, retCode) => {
    expect(await bybitInMemory().get(info, {}, { timestamp: startMs + off })).toMatchObject({ retCode });
  });

  it('is as wide as the client says, and the refusal names all three numbers', async () => {
    const venue = bybitInMemory();
    expect(await venue.get(info, {}, { timestamp: startMs - 9_000, recvWindow: '10000' })).toMatchObject({ retCode: 0 });
    expect((await venue.get(info, {}, { timestamp: startMs - 9_000 })).retMsg).toBe(
      `invalid request, please check your server timestamp or recv_window param. req_timestamp[${startMs - 9_000}],server_timestamp[${startMs}],recv_window[5000]`,
    );
  });
});

describe('a key', () => {
  const refusedWith = async (about: About, account: object = {}): Promise<number | undefined> => {
    const venue = bybitInMemory();
    venue.openAccount({ apiKey: 'other', apiSecret: 'o'.repeat(36), ...account });
    return (await venue.get(info, {}, { apiKey: 'other', secret: 'o'.repeat(36), ...about })).retCode;
  };

  it('is taken with its own signature, from its own address, at its own environment', async () => {
    expect(await refusedWith({})).toBe(0);
    expect(await refusedWith({ apiKey: 'nobody' })).toBe(10003);
    expect(await refusedWith({ secret: 'p'.repeat(36) })).toBe(10004);
    expect(await refusedWith({ ip: '203.0.113.9' })).toBe(10010);
    expect(await refusedWith({ ip: '203.0.113.9' }, { ipRestricted: false })).toBe(0);
  });

  it.each([
    ['live', 'api.bybit.com', 0],
    ['live', 'api.bytick.com', 0],
    ['live', 'api-testnet.bybit.com', 10003],
    ['testnet', 'api-testnet.bybit.com', 0],
    ['testnet', 'api-demo.bybit.com', 0],
    ['testnet', 'api.bybit.com', 10003],
    ['testnet', '127.0.0.1:1234', 0],
    ['live', '127.0.0.1:1234', 0],
  ])('of %s at %s answers %i', async (environment, host, retCode) => {
    expect(await refusedWith({ headers: { host } }, { environment })).toBe(retCode);
  });

  it('of Binance is nobody here', async () => {
    const venue = bybitInMemory();
    venue.openAccount({ exchange: 'binance', apiKey: 'b', apiSecret: 'b' });
    expect(await venue.get(info, {}, { apiKey: 'b', secret: 'b' })).toMatchObject({ retCode: 10003 });
  });

  it('that was deleted is nobody, and the signature is told in the refusal of a wrong one', async () => {
    const venue = bybitInMemory();
    const wrong = await venue.get(info, { a: 1 }, { secret: 'wrong' });
    expect(wrong.retMsg).toContain(`origin_string[${startMs}${trader.apiKey}5000a=1]`);
    expect(venue.world.stats.view().signatureFailures).toBe(1);
    venue.world.accounts.change(trader.apiKey, { revoked: true });
    expect(await venue.get(info)).toMatchObject({ retCode: 10003 });
  });

  it('without bound addresses ends after 90 days: 33004, and -2015 on spot', async () => {
    const venue = bybitInMemory();
    venue.openAccount({ apiKey: 'open', apiSecret: 's', ipRestricted: false });
    const as = { apiKey: 'open', secret: 's' };
    venue.clock.advance(90 * 86_400_000 - 1);
    expect(await venue.get(info, {}, as)).toMatchObject({ retCode: 0 });
    venue.clock.advance(1);
    expect(await venue.get(info, {}, as)).toMatchObject({ retCode: 33004 });
    expect(await venue.get('/v5/order/realtime', { category: 'spot' }, as)).toMatchObject({ retCode: -2015 });
    expect(await venue.order({ category: 'spot', qty: '10' }, as)).toMatchObject({ retCode: -2015 });
    expect(await venue.get(info)).toMatchObject({ retCode: 0 });
  });

  it('ends when a test says so', async () => {
    const venue = bybitInMemory();
    venue.openAccount({ apiKey: 'soon', apiSecret: 's', expiresAt: new Date(startMs + 1_000).toISOString() });
    const as = { apiKey: 'soon', secret: 's' };
    expect(await venue.get(info, {}, as)).toMatchObject({ retCode: 0 });
    venue.clock.advance(1_000);
    expect(await venue.get(info, {}, as)).toMatchObject({ retCode: 33004 });
  });
});

describe('what a key may do', () => {
  const rights = { read: false, trade: false, futures: false, withdraw: false, transfer: false };
  const calls = {
    check: ['GET', info, {}],
    wallet: ['GET', '/v5/account/wallet-balance', { accountType: 'UNIFIED' }],
    spot: ['POST', '/v5/order/create', { category: 'spot', symbol: 'BTCUSDT', side: 'Buy', orderType: 'Market', qty: '10' }],
    linear: [
      'POST',
      '/v5/order/create',
      { category: 'linear', symbol: 'BTCUSDT', side: 'Buy', orderType: 'Market', qty: '0.01' },
    ],
    leverage: [
      'POST',
      '/v5/position/set-leverage',
      { category: 'linear', symbol: 'BTCUSDT', buyLeverage: '3', sellLeverage: '3' },
    ],
  } as const;

  it.each([
    [{}, { check: 0, wallet: 10005, spot: 10005, linear: 10005, leverage: 10005 }],
    [{ read: true }, { check: 0, wallet: 0, spot: 10005, linear: 10005, leverage: 10005 }],
    [{ trade: true }, { check: 0, wallet: 0, spot: 0, linear: 10005, leverage: 10005 }],
    [{ futures: true }, { check: 0, wallet: 0, spot: 10005, linear: 0, leverage: 0 }],
  ])('with %o is %o', async (granted, expected) => {
    const venue = bybitInMemory();
    venue.openAccount({ apiKey: 'some', apiSecret: 's', permissions: { ...rights, ...granted } });
    const answers: Record<string, unknown> = {};
    for (const [name, [method, path, params]] of Object.entries(calls)) {
      const answer = await venue.sent(method, path, params, { apiKey: 'some', secret: 's' });
      answers[name] = answer === 'cut' ? answer : answer.retCode;
    }
    expect(answers).toEqual(expected);
  });
});
