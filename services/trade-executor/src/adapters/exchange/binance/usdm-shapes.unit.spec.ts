import { describe, expect, it } from 'vitest';
import { readPlacedUsdmOrder, readQueriedUsdmOrder, readUsdmRules } from './usdm-shapes.js';

/** exchange-facts.md 3.4, "USDM order query". */
const queried = {
  avgPrice: '50000.00000',
  clientOrderId: 'sig-1',
  cumQuote: '500.00',
  executedQty: '0.010',
  orderId: 700001,
  origQty: '0.010',
  origType: 'MARKET',
  price: '0',
  reduceOnly: false,
  side: 'BUY',
  positionSide: 'BOTH',
  status: 'FILLED',
  stopPrice: '0',
  closePosition: false,
  symbol: 'BTCUSDT',
  time: 1_790_000_000_000,
  timeInForce: 'GTC',
  type: 'MARKET',
  updateTime: 1_790_000_000_000,
};
const { avgPrice: _, cumQuote: __, time: ___, ...placed } = { ...queried, cumQty: '0.010' };

describe('the answer to a new futures order', () => {
  it.each(['FILLED', 'PARTIALLY_FILLED', 'NEW'])('%s: the order stands, and its result is still to be read', (status) => {
    expect(readPlacedUsdmOrder({ ...placed, status }, 'sig-1')).toMatchObject({ orderId: '700001', status: 'open', fills: [] });
  });

  it('is the result itself where it tells the price, as older answers do', () => {
    expect(readPlacedUsdmOrder(queried, 'sig-1')).toEqual(readQueriedUsdmOrder(queried, 'sig-1'));
    expect(readPlacedUsdmOrder(queried, 'sig-1')).toMatchObject({ status: 'filled', filled: '0.01', averagePrice: '50000' });
  });

  it('is not filled before it was executed', () => {
    expect(readPlacedUsdmOrder({ ...placed, status: 'FILLED', avgPrice: '0.00000' }, 'sig-1')).toMatchObject({ status: 'open' });
  });

  it.each([
    ['EXPIRED', 'canceled', 'venue.order_expired'],
    ['CANCELED', 'canceled', 'venue.order_canceled'],
    ['REJECTED', 'rejected', 'venue.order_refused'],
  ])('%s with nothing executed is the result itself', (status, ours, reason) => {
    expect(readPlacedUsdmOrder({ ...placed, status, executedQty: '0.000' }, 'sig-1')).toMatchObject({
      status: ours,
      filled: '0',
      refusal: { reason },
    });
  });

  it('EXPIRED with a part executed is followed for its fills', () => {
    expect(readPlacedUsdmOrder({ ...placed, status: 'EXPIRED', executedQty: '0.004' }, 'sig-1')).toMatchObject({
      status: 'open',
      filled: '0.004',
    });
  });

  it.each([
    ['an order of another id', { ...placed, clientOrderId: 'other' }],
    ['a status that nobody knows', { ...placed, status: 'HALTED' }],
    ['an acknowledgement without a status', { orderId: 1, clientOrderId: 'sig-1' }],
    ['success without an order', { code: 200, msg: 'success' }],
    ['text', 'OK'],
  ])('%s proves nothing', (_what, body) => {
    expect(readPlacedUsdmOrder(body, 'sig-1')).toBeUndefined();
  });
});

describe('a futures order that was looked up', () => {
  it('is filled at its average price, on its own side', () => {
    expect(readQueriedUsdmOrder(queried, 'sig-1')).toEqual({
      orderId: '700001',
      status: 'filled',
      side: 'buy',
      amount: '0.01',
      filled: '0.01',
      averagePrice: '50000',
      fills: [],
    });
  });

  it('that ended half way is canceled, with what was executed', () => {
    expect(readQueriedUsdmOrder({ ...queried, status: 'EXPIRED', executedQty: '0.004' }, 'sig-1')).toMatchObject({
      status: 'canceled',
      filled: '0.004',
      refusal: { reason: 'venue.order_expired' },
    });
  });

  it('keeps every digit of a long id', () => {
    expect(readQueriedUsdmOrder({ ...queried, orderId: '8886774239567890123' }, 'sig-1')).toMatchObject({
      orderId: '8886774239567890123',
    });
  });
});

describe('the rules of a contract', () => {
  const btc = {
    symbol: 'BTCUSDT',
    pair: 'BTCUSDT',
    contractType: 'PERPETUAL',
    deliveryDate: 4_133_404_800_000,
    status: 'TRADING',
    baseAsset: 'BTC',
    quoteAsset: 'USDT',
    marginAsset: 'USDT',
    pricePrecision: 2,
    quantityPrecision: 3,
    quotePrecision: 8,
    filters: [
      { filterType: 'PRICE_FILTER', minPrice: '556.80', maxPrice: '4529764', tickSize: '0.10' },
      { filterType: 'LOT_SIZE', minQty: '0.001', maxQty: '1000', stepSize: '0.001' },
      { filterType: 'MARKET_LOT_SIZE', minQty: '0.001', maxQty: '120', stepSize: '0.001' },
      { filterType: 'MIN_NOTIONAL', notional: '50' },
    ],
  };

  it('take base units alone, and a smallest value under their own name', () => {
    expect(readUsdmRules(btc)).toEqual({
      symbol: 'BTCUSDT',
      baseAsset: 'BTC',
      quoteAsset: 'USDT',
      trading: true,
      takesQuoteAmount: false,
      quotePlaces: 8,
      lots: [
        { min: '0.001', max: '1000', step: '0.001' },
        { min: '0.001', max: '120', step: '0.001' },
      ],
      notional: { min: '50' },
    });
  });

  it.each([
    ['a dated future', { contractType: 'CURRENT_QUARTER', symbol: 'BTCUSDT_260925' }],
    ['filters that cannot be read', { filters: [{ filterType: 'LOT_SIZE' }] }],
  ])('%s is not traded', (_what, over) => {
    expect(readUsdmRules({ ...btc, ...over })).toBeUndefined();
  });

  it('of a contract in settlement take no orders', () => {
    expect(readUsdmRules({ ...btc, status: 'SETTLING' })).toMatchObject({ trading: false });
  });
});
