import { decimal } from '@latchkey/kernel';
import type { bybit } from 'ccxt';
import { describe, expect, it } from 'vitest';
import { loadInstruments, readInstrument } from './bybit-instruments.js';
import { readAcknowledgement, readFills, readListed } from './bybit-orders.js';
import { readAccountInfo, readPositionMode } from './bybit-account.js';
import { readKeyInfo } from './bybit-permissions.js';
import { bybitWire } from './bybit-wire.js';

const envelope = (result: unknown, retCode = 0) => ({ retCode, retMsg: 'OK', result, retExtInfo: {}, time: 1_790_000_000_000 });
const row = (over: object = {}) => ({
  orderId: 'o-1',
  orderLinkId: 'c-e0',
  symbol: 'BTCUSDT',
  side: 'Buy',
  qty: '0.010',
  orderStatus: 'Filled',
  rejectReason: 'EC_NoError',
  cancelType: 'UNKNOWN',
  avgPrice: '60000',
  cumExecQty: '0.010',
  cumExecValue: '600',
  marketUnit: '',
  positionIdx: 0,
  ...over,
});
const listed = (over: object = {}, category: 'spot' | 'linear' = 'linear') =>
  readListed(envelope({ category, nextPageCursor: '', list: [row(over)] }), 'c-e0', category);

describe('an acknowledgement', () => {
  const draft = { clientOrderId: 'c-e0', symbol: 'BTCUSDT', side: 'buy', amount: decimal('0.01') } as const;

  it('is an open order, of which nothing is known to be executed', () => {
    expect(readAcknowledgement(envelope({ orderId: 'o-1', orderLinkId: 'c-e0' }), draft)).toEqual({
      orderId: 'o-1',
      status: 'open',
      amount: '0.01',
      filled: '0',
      fills: [],
    });
  });

  it.each([
    ['for another order', envelope({ orderId: 'o-1', orderLinkId: 'other' })],
    ['without an id', envelope({ orderLinkId: 'c-e0' })],
    ['with a code', envelope({ orderId: 'o-1', orderLinkId: 'c-e0' }, 10016)],
    ['that is no JSON', '<html>'],
  ])('%s is none', (_what, body) => {
    expect(readAcknowledgement(body, draft)).toBeUndefined();
  });
});

describe('an order that was looked up', () => {
  it('tells what was taken of all its executions, by coin', () => {
    expect(listed({ cumFeeDetail: { BTC: '0.00001', MNT: '0.2' } })).toMatchObject({
      found: {
        fees: [
          { asset: 'BTC', amount: '0.00001' },
          { asset: 'MNT', amount: '0.2' },
        ],
      },
    });
    for (const cumFeeDetail of [undefined, {}, '', { BTC: 'some' }])
      expect(listed({ cumFeeDetail }), JSON.stringify(cumFeeDetail)).not.toHaveProperty('found.fees');
  });

  // Bybit's list of order statuses; one that cannot be read would leave its trade, and the lane behind it, unknown for ever.
  it.each([
    ['New', 'open'],
    ['PartiallyFilled', 'open'],
    ['Untriggered', 'open'],
    ['Triggered', 'open'],
    ['Created', 'open'],
    ['Active', 'open'],
    ['Filled', 'filled'],
    ['PartiallyFilledCanceled', 'canceled'],
    ['Cancelled', 'canceled'],
    ['Deactivated', 'canceled'],
    ['Rejected', 'rejected'],
  ])('%s is %s', (orderStatus, status) => {
    expect(listed({ orderStatus })).toMatchObject({ found: { status } });
  });

  it('says its side', () => {
    expect(listed({ side: 'Sell' })).toMatchObject({ found: { side: 'sell' } });
    expect(listed()).toMatchObject({ found: { side: 'buy' } });
  });

  it('that was canceled keeps what was executed before', () => {
    const over = { orderStatus: 'Cancelled', cumExecQty: '0.004', rejectReason: 'EC_NoImmediateQtyToFill' };
    expect(listed(over)).toMatchObject({
      found: { status: 'canceled', filled: '0.004', averagePrice: '60000', refusal: { reason: 'venue.order_canceled' } },
    });
  });

  it('that was refused after its acknowledgement says why', () => {
    const over = { orderStatus: 'Rejected', rejectReason: 'EC_PostOnlyWillTakeLiquidity', avgPrice: '', cumExecQty: '0' };
    expect(listed(over)).toMatchObject({
      found: {
        status: 'rejected',
        filled: '0',
        refusal: { reason: 'venue.order_refused', message: expect.stringContaining('EC_PostOnlyWillTakeLiquidity') },
      },
    });
    expect(listed({ orderStatus: 'Filled' })).not.toHaveProperty('found.refusal');
  });

  it('tells no longer reason than an event has room for', () => {
    const long = listed({ orderStatus: 'Rejected', rejectReason: 'EC_'.repeat(1_000), cumExecQty: '0' });
    const message = long?.found === 'none' ? '' : long?.found.refusal?.message;
    expect(message).toMatch(/^The exchange took the order in/);
    expect(message?.length).toBeLessThanOrEqual(500);
  });

  it('in quote units has no quantity before it is filled', () => {
    const quote = { marketUnit: 'quoteCoin', qty: '120', cumExecQty: '0.002' };
    expect(listed({ ...quote, orderStatus: 'Filled' }, 'spot')).toMatchObject({ found: { amount: '0.002', filled: '0.002' } });
    expect(listed({ ...quote, orderStatus: 'PartiallyFilledCanceled' }, 'spot')).not.toHaveProperty('found.amount');
    expect(listed({ marketUnit: 'baseCoin' }, 'spot')).toMatchObject({ found: { amount: '0.01' } });
  });

  it('gets its average from value and quantity where the venue names none', () => {
    expect(listed({ avgPrice: '' })).toMatchObject({ found: { averagePrice: '60000' } });
  });

  it('is absent only when the list is empty', () => {
    expect(readListed(envelope({ list: [] }), 'c-e0', 'spot')).toEqual({ found: 'none' });
    // A venue that passed over the id and listed other orders has not said that ours is not there.
    expect(readListed(envelope({ list: [row({ orderLinkId: 'other' })] }), 'c-e0', 'spot')).toBeUndefined();
    expect(readListed(envelope({ list: [row({ orderStatus: 'Pondering' })] }), 'c-e0', 'spot')).toBeUndefined();
    // Filled with nothing: whatever it means, it is no result.
    expect(readListed(envelope({ list: [row({ orderStatus: 'Filled', cumExecQty: '' })] }), 'c-e0', 'linear')).toBeUndefined();
    expect(readListed(envelope({ list: [] }, 10016), 'c-e0', 'spot')).toBeUndefined();
    expect(readListed(envelope({}), 'c-e0', 'spot')).toBeUndefined();
  });
});

describe('executions', () => {
  const execution = (over: object = {}) => ({
    symbol: 'BTCUSDT',
    orderId: 'o-1',
    orderLinkId: 'c-e0',
    side: 'Buy',
    execId: 'e-1',
    execType: 'Trade',
    execPrice: '60000',
    execQty: '0.01',
    execFee: '0.33',
    feeCurrency: 'USDT',
    execTime: '1790000000000',
    ...over,
  });
  const read = (list: readonly object[]) =>
    readFills(envelope({ category: 'linear', nextPageCursor: '', list }), 'linear', { base: 'BTC', quote: 'USDT' });

  it('are fills when they are trades, and nothing else is', () => {
    expect(read([execution(), execution({ execId: 'e-2', execType: 'Funding', execQty: '9' })])).toEqual([
      {
        orderId: 'o-1',
        fillId: 'e-1',
        amount: '0.01',
        price: '60000',
        fee: '0.33',
        feeAsset: 'USDT',
        at: '2026-09-21T14:13:20.000Z',
      },
    ]);
  });

  it('may earn a fee instead of paying one, and name no currency', () => {
    expect(read([execution({ execFee: '-0.1', feeCurrency: '' })])).toMatchObject([{ fee: '-0.1', feeAsset: 'USDT' }]);
    const spot = envelope({ list: [execution({ feeCurrency: '' })] });
    expect(readFills(spot, 'spot', { base: 'BTC', quote: 'USDT' })).toMatchObject([{ feeAsset: 'BTC' }]);
    expect(readFills(spot, 'spot', undefined)?.[0]).not.toHaveProperty('fee');
  });

  it('cannot be read from anything else', () => {
    expect(readFills(envelope({}), 'linear', undefined)).toBeUndefined();
    expect(read([execution({ execQty: 'some' })])).toBeUndefined();
  });
});

describe('an instrument', () => {
  const spot = {
    symbol: 'BTCUSDT',
    baseCoin: 'BTC',
    quoteCoin: 'USDT',
    status: 'Trading',
    lotSizeFilter: {
      basePrecision: '0.000001',
      quotePrecision: '0.0000001',
      minOrderQty: '9',
      maxOrderQty: '1',
      minOrderAmt: '5',
      maxOrderAmt: '1',
      maxLimitOrderQty: '83',
      maxMarketOrderQty: '41.5',
    },
    priceFilter: { tickSize: '0.1' },
  };
  const linear = {
    symbol: 'BTCUSDT',
    contractType: 'LinearPerpetual',
    status: 'Trading',
    baseCoin: 'BTC',
    quoteCoin: 'USDT',
    settleCoin: 'USDT',
    lotSizeFilter: {
      maxOrderQty: '1190',
      minOrderQty: '0.001',
      qtyStep: '0.001',
      postOnlyMaxOrderQty: '1190',
      maxMktOrderQty: '119',
      minNotionalValue: '5',
    },
  };

  it('of spot goes by its precision and its market limits, never by the deprecated ones', () => {
    expect(readInstrument('spot', spot)).toEqual({
      symbol: 'BTCUSDT',
      baseAsset: 'BTC',
      quoteAsset: 'USDT',
      trading: true,
      takesQuoteAmount: true,
      quotePlaces: 7,
      lots: [{ step: '0.000001', max: '41.5' }],
      notional: { min: '5' },
    });
    expect(readInstrument('spot', { ...spot, status: 'PreLaunch' })).toMatchObject({ trading: false });
  });

  it('of linear takes base units alone', () => {
    expect(readInstrument('linear', linear)).toMatchObject({
      takesQuoteAmount: false,
      lots: [{ min: '0.001', max: '119', step: '0.001' }],
      notional: { min: '5' },
    });
  });

  it('may stand on a later page of the list', async () => {
    const asked: object[] = [];
    const pages = new Map([
      [undefined, { list: [linear], nextPageCursor: 'second%3D1' }],
      ['second%3D1', { list: [{ ...linear, symbol: 'ETHUSDT' }, { odd: true }], nextPageCursor: '' }],
    ]);
    const client = {
      publicGetV5MarketInstrumentsInfo: (params: { readonly cursor?: string }) => {
        asked.push(params);
        return Promise.resolve(envelope(pages.get(params.cursor)));
      },
    } as unknown as bybit;
    const rules = await loadInstruments(client, 'linear', { open: (_endpoint, work) => work() });
    expect(rules.map(({ symbol }) => symbol)).toEqual(['BTCUSDT', 'ETHUSDT']);
    expect(asked).toEqual([
      { category: 'linear', limit: '1000' },
      { category: 'linear', limit: '1000', cursor: 'second%3D1' },
    ]);
  });

  it('of another kind is no market of ours', () => {
    expect(readInstrument('linear', { ...linear, contractType: 'LinearFutures' })).toBeUndefined();
    expect(readInstrument('linear', { ...linear, symbol: 'BTCUSDT-26MAR27' })).toBeUndefined();
    expect(readInstrument('linear', { ...linear, settleCoin: 'BTC' })).toBeUndefined();
  });
});

describe('a key', () => {
  const info = (over: object = {}) => ({
    readOnly: 0,
    permissions: { ContractTrade: ['Order', 'Position'], Spot: ['SpotTrade'], Wallet: [], Derivatives: ['DerivativesTrade'] },
    ips: ['203.0.113.10'],
    deadlineDay: -2,
    expiredAt: '1970-01-01T00:00:00Z',
    ...over,
  });
  const read = (over: object = {}) => readKeyInfo(envelope(info(over)));

  it("names each right by the venue's own words", () => {
    expect(read()).toEqual({
      outcome: 'reported',
      permissions: { canRead: true, canTrade: true, canWithdraw: false },
      granted: ['ContractTrade:Order', 'ContractTrade:Position', 'Spot:SpotTrade', 'Derivatives:DerivativesTrade'],
      ipRestricted: true,
      readOnly: false,
      markets: { spot: { canRead: true, canTrade: true }, linear: { canRead: true, canTrade: true } },
    });
  });

  it('says where it may trade: futures need orders and positions, and a read-only key nothing helps', () => {
    const where = (permissions: object, over: object = {}) => {
      const told = read({ permissions, ...over });
      const { spot, linear } = (told?.outcome === 'reported' && told.markets) || {};
      return [spot?.canTrade, linear?.canTrade];
    };
    const futures = { ContractTrade: ['Order', 'Position'] };
    expect(where(futures)).toEqual([false, true]);
    expect(where({ ContractTrade: ['Order'], Spot: ['SpotTrade'] })).toEqual([true, false]);
    expect(where({ ...futures, Spot: ['SpotTrade'] }, { readOnly: 1 })).toEqual([false, false]);
    expect(read({ readOnly: 1 })).toMatchObject({ readOnly: true });
  });

  it.each([
    [1, { type: 'unified' }],
    [0, { type: 'classic' }],
    [null, undefined],
    ['yes', undefined],
  ])('of an account whose `uta` is %j: %o', (uta, account) => {
    const told = read({ uta });
    expect(told?.outcome === 'reported' && told.account).toEqual(account);
  });

  it('that may withdraw, or only read, says so', () => {
    expect(read({ permissions: { Spot: ['SpotTrade'], Wallet: ['AccountTransfer', 'Withdraw'] } })).toMatchObject({
      permissions: { canWithdraw: true },
      granted: ['Spot:SpotTrade', 'Wallet:AccountTransfer', 'Wallet:Withdraw'],
    });
    expect(read({ readOnly: 1 })).toMatchObject({ permissions: { canRead: true, canTrade: false } });
    expect(read({ permissions: { Wallet: [] } })).toMatchObject({ permissions: { canTrade: false } });
  });

  it.each([[['*']], [[]], [undefined], [null], [''], [['']]])('with the addresses %j is bound to none', (ips) => {
    expect(read({ ips })).toMatchObject({ ipRestricted: false });
  });

  it('expires on a date, after so many days, or never', () => {
    expect(read({ expiredAt: '2026-12-01T00:00:00Z' })).toMatchObject({ expiresAt: '2026-12-01T00:00:00.000Z' });
    expect(read({ expiredAt: '', deadlineDay: 10 })).toMatchObject({ expiresAt: '2026-10-01T14:13:20.000Z' });
    expect(read()).not.toHaveProperty('expiresAt');
    expect(read({ deadlineDay: 80 })).not.toHaveProperty('expiresAt');
  });

  it('is not described by anything else', () => {
    expect(readKeyInfo(envelope(info(), 10003))).toBeUndefined();
    expect(readKeyInfo(envelope({ readOnly: 0 }))).toBeUndefined();
  });
});

describe('the account behind a key', () => {
  it.each([
    [
      { unifiedMarginStatus: 6, marginMode: 'REGULAR_MARGIN' },
      { type: 'unified', marginMode: 'cross' },
    ],
    [
      { unifiedMarginStatus: 3, marginMode: 'PORTFOLIO_MARGIN' },
      { type: 'unified', marginMode: 'portfolio' },
    ],
    [
      { unifiedMarginStatus: 1, marginMode: 'ISOLATED_MARGIN' },
      { type: 'classic', marginMode: 'isolated' },
    ],
    [{ unifiedMarginStatus: 5, marginMode: 'SOMETHING_NEW' }, { type: 'unified' }],
    [{}, undefined],
  ])('%o', (told, account) => {
    expect(readAccountInfo(envelope(told))).toEqual(account);
  });

  it.each([
    [[{ positionIdx: 0 }], { positionMode: 'one_way' }],
    [[{ positionIdx: 1 }, { positionIdx: 2 }], { positionMode: 'hedge' }],
    [[], undefined],
  ])('keeps positions as %j says', (list, account) => {
    expect(readPositionMode(envelope({ list }))).toEqual(account);
  });
});

describe('what the wire says', () => {
  const reset = { 'X-Bapi-Limit-Reset-Timestamp': '1790000000700' };

  it('is the code, the words, and the wait of a limit', () => {
    expect(bybitWire.answerOf(200, reset, { retCode: 10006, retMsg: 'Too many visits!', time: 1_790_000_000_000 }, '')).toEqual({
      http: 200,
      code: 10006,
      message: 'Too many visits!',
      retryAfterMs: 700,
    });
  });

  it('is never the key, which the venue quotes after a bad signature', () => {
    const retMsg = 'error sign! origin_string[1790000000000the-key5000{"symbol":"BTCUSDT"}], please check.';
    const { message } = bybitWire.answerOf(200, {}, { retCode: 10004, retMsg }, '');
    expect(message).toBe('error sign! origin_string[…], please check.');
  });

  it('has no wait where the header comes with every answer, and no code where the body has none', () => {
    expect(bybitWire.answerOf(200, reset, { retCode: 170131, retMsg: 'x', time: 1 }, '')).toEqual({
      http: 200,
      code: 170131,
      message: 'x',
    });
    expect(bybitWire.answerOf(502, {}, undefined, '')).toEqual({ http: 502 });
    expect(bybitWire.answerOf(200, {}, undefined, '<html>')).toEqual({ http: 200 });
  });
});
