import { describe, expect, it } from 'vitest';
import { bybitInMemory, startMs, trader } from '../../testing/bybit-in-memory.js';
import type { Fields } from '../../testing/control-client.js';

type Venue = ReturnType<typeof bybitInMemory>;
const as = { apiKey: 'other', secret: 's' };
const wallet = async (venue: Venue, about: object = {}, who: object = {}): Promise<Fields> =>
  (
    (await venue.get('/v5/account/wallet-balance', { accountType: 'UNIFIED', ...about }, who)).result['list'] as readonly Fields[]
  )[0] ?? {};
const coin = async (venue: Venue, name: string): Promise<Fields> =>
  ((await wallet(venue, { coin: name }))['coin'] as readonly Fields[])[0] ?? {};

describe('the wallet of a unified account', () => {
  it('pays for both markets: what margin holds, spot cannot spend, and the other way round', async () => {
    const venue = bybitInMemory();
    await venue.linear({ qty: '10' });
    expect(await coin(venue, 'USDT')).toMatchObject({ totalPositionIM: '60000', walletBalance: '99670' });
    expect(await venue.order({ qty: '39671' })).toMatchObject({ retCode: 170131, retMsg: 'Insufficient balance.' });
    expect(await venue.order({ qty: '39670' })).toMatchObject({ retCode: 0 });
    expect(await venue.linear({})).toMatchObject({ retCode: 110007 });
    await venue.spot({ side: 'Sell', qty: '0.5' });
    expect(await venue.linear({})).toMatchObject({ retCode: 0 });
  });

  it('tells apart what spot orders hold, what orders and what positions need', async () => {
    const venue = bybitInMemory();
    await venue.spot({ orderType: 'Limit', price: '59000' });
    await venue.linear({ orderType: 'Limit', price: '59000', qty: '0.1' });
    await venue.linear({ symbol: 'ETHUSDT', qty: '1' });
    expect(await coin(venue, 'USDT')).toMatchObject({
      locked: '590',
      totalOrderIM: '590',
      totalPositionIM: '300',
      walletBalance: '99998.35',
    });
    expect(await wallet(venue)).toMatchObject({
      accountType: 'UNIFIED',
      totalEquity: '159998.35',
      totalInitialMargin: '890',
      totalAvailableBalance: '158518.35',
    });
  });

  it('counts profit that is not realised in equity, not in the balance', async () => {
    const venue = bybitInMemory();
    await venue.linear({ qty: '0.1' });
    venue.setPrice('BTCUSDT', '61000');
    expect(await coin(venue, 'USDT')).toMatchObject({ walletBalance: '99996.7', unrealisedPnl: '100', equity: '100096.7' });
    expect(await wallet(venue)).toMatchObject({ totalPerpUPL: '100', totalWalletBalance: '160996.7', totalEquity: '161096.7' });
  });

  it('lists what is owned, or what is asked for', async () => {
    const venue = bybitInMemory();
    expect(((await wallet(venue))['coin'] as readonly Fields[]).map((row) => row['coin'])).toEqual(['USDT', 'BTC']);
    expect(await coin(venue, 'SOL')).toMatchObject({ coin: 'SOL', walletBalance: '0' });
    expect(await venue.get('/v5/account/wallet-balance', { accountType: 'SPOT' })).toMatchObject({
      retCode: 10001,
      retMsg: 'accountType only support UNIFIED.',
    });
  });
});

describe('a classic account', () => {
  const classic = (): Venue => {
    const venue = bybitInMemory();
    venue.openAccount({ apiKey: 'other', apiSecret: 's', accountType: 'classic' });
    return venue;
  };

  it('is told by unifiedMarginStatus and uta', async () => {
    const venue = classic();
    expect(await venue.get('/v5/account/info', {}, as)).toMatchObject({ result: { unifiedMarginStatus: 1 } });
    expect(await venue.get('/v5/user/query-api', {}, as)).toMatchObject({
      result: { uta: 0, permissions: { ContractTrade: ['Order', 'Position'], Derivatives: [] } },
    });
    expect(await venue.get('/v5/account/info')).toMatchObject({ result: { unifiedMarginStatus: 6 } });
    expect(await venue.get('/v5/user/query-api')).toMatchObject({ result: { uta: 1 } });
  });

  it('has a wallet for spot, another for linear, and none that is unified', async () => {
    const venue = classic();
    await venue.order({ category: 'spot', qty: '60000' }, as);
    expect(await wallet(venue, { accountType: 'SPOT' }, as)).toMatchObject({
      totalEquity: '',
      coin: [{ free: '40000' }, { coin: 'BTC' }],
    });
    expect(await wallet(venue, { accountType: 'CONTRACT' }, as)).toMatchObject({
      coin: [{ coin: 'USDT', walletBalance: '100000' }],
    });
    expect(await venue.get('/v5/account/wallet-balance', { accountType: 'UNIFIED' }, as)).toMatchObject({
      retCode: 10001,
      retMsg: 'accountType only support CONTRACT, SPOT.',
    });
  });

  it('has no margin mode of the account', async () => {
    expect(await classic().post('/v5/account/set-margin-mode', { setMarginMode: 'ISOLATED_MARGIN' }, as)).toMatchObject({
      retCode: 10028,
    });
  });
});

describe('the margin mode', () => {
  const set = (venue: Venue, setMarginMode: string) => venue.post('/v5/account/set-margin-mode', { setMarginMode });

  it('is set once, told by account/info, and refused when it is so already', async () => {
    const venue = bybitInMemory();
    expect(await set(venue, 'REGULAR_MARGIN')).toMatchObject({ retCode: 110026 });
    expect(await set(venue, 'ISOLATED_MARGIN')).toMatchObject({ retCode: 0, result: { reasons: [] } });
    expect(await venue.get('/v5/account/info')).toMatchObject({ result: { marginMode: 'ISOLATED_MARGIN' } });
    expect(await set(venue, 'NONE')).toMatchObject({ retCode: 10001 });
  });

  it('stays while positions or orders are open, with reasons and no error', async () => {
    const venue = bybitInMemory();
    await venue.linear({});
    const answer = await set(venue, 'ISOLATED_MARGIN');
    expect(answer).toMatchObject({ retCode: 0, result: { reasons: [{ reasonCode: expect.any(String) }] } });
    expect(await venue.get('/v5/account/info')).toMatchObject({ result: { marginMode: 'REGULAR_MARGIN' } });
  });
});

describe('the permission check', () => {
  const check = async (about: object): Promise<Fields> => {
    const venue = bybitInMemory();
    venue.openAccount({ apiKey: 'other', apiSecret: 's', ...about });
    return (await venue.get('/v5/user/query-api', {}, as)).result;
  };

  it.each([
    [
      {},
      {
        readOnly: 0,
        permissions: { Spot: ['SpotTrade'], ContractTrade: ['Order', 'Position'], Derivatives: ['DerivativesTrade'], Wallet: [] },
      },
    ],
    [
      { trade: false, futures: false },
      { readOnly: 1, permissions: { Spot: [], ContractTrade: [], Derivatives: [], Wallet: [] } },
    ],
    [{ futures: false }, { readOnly: 0, permissions: { Spot: ['SpotTrade'], ContractTrade: [] } }],
    [{ withdraw: true }, { permissions: { Wallet: ['Withdraw'] } }],
    [{ transfer: true, withdraw: true }, { permissions: { Wallet: ['AccountTransfer', 'SubMemberTransfer', 'Withdraw'] } }],
  ])('of a key with %o', async (permissions, expected) => {
    expect(await check({ permissions })).toMatchObject(expected);
  });

  it('shows no end for a bound key, as the epoch, and 90 days for an unbound one', async () => {
    expect(await check({})).toMatchObject({ ips: ['127.0.0.1', '::1'], deadlineDay: -2, expiredAt: '1970-01-01T00:00:00Z' });
    expect(await check({ ipRestricted: false })).toMatchObject({
      ips: ['*'],
      deadlineDay: 90,
      createdAt: new Date(startMs).toISOString().replace('.000', ''),
      expiredAt: new Date(startMs + 90 * 86_400_000).toISOString().replace('.000', ''),
    });
  });

  it('shows what is named by the venue’s own groups instead of what the rights say, known ones and others', async () => {
    const rights = { Wallet: ['AccountTransfer'], Earn: ['Earn'], Teleportation: ['Anywhere'], NFT: null };
    expect(await check({ rights })).toMatchObject({ permissions: { ...rights, Spot: ['SpotTrade'] } });
  });

  it('shows a key that only reads although rights are ticked, and such a key does not trade', async () => {
    expect(await check({ readOnly: true })).toMatchObject({ readOnly: 1, permissions: { Spot: ['SpotTrade'] } });
    const venue = bybitInMemory();
    venue.openAccount({ apiKey: 'other', apiSecret: 's', readOnly: true });
    expect(await venue.get('/v5/account/info', {}, as)).toMatchObject({ retCode: 0 });
    expect(await venue.order({ qty: '50' }, as)).toMatchObject({ retCode: 10005 });
  });

  it.each([
    ['star', ['*']],
    ['empty', []],
    ['absent', undefined],
  ])('shows that no address is bound as %s', async (unboundAs, ips) => {
    expect((await check({ ipRestricted: false, unboundAs }))['ips']).toEqual(ips);
    expect((await check({ unboundAs }))['ips']).toEqual(['127.0.0.1', '::1']);
  });

  it('never shows the secret', async () => {
    const answer = await bybitInMemory().get('/v5/user/query-api');
    expect(answer.result['secret']).toBe('');
    expect(answer.text).not.toContain(trader.secret);
  });
});
