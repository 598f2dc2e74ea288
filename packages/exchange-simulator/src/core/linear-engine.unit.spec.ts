import { decimal, multiply } from '@latchkey/kernel';
import { describe, expect, it } from 'vitest';
import { apiKey, btc, linearMarket as market, usdt } from '../testing/linear-market.js';
import type { LinearRules } from './engine-rules.js';
import type { Trigger } from './order.js';

describe('a one-way position', () => {
  it('grows at the mean price, shrinks with a profit, and turns over in one fill', () => {
    const venue = market();
    venue.accepted({ quantity: '0.1' });
    venue.setPrice('62000');
    venue.accepted({ quantity: '0.1' });
    expect(venue.position()).toEqual(['0.2', '61000']);
    venue.setPrice('63000');
    expect(venue.accepted({ side: 'sell', quantity: '0.1' }).fills[0]?.realisedPnl).toBe('200');
    expect(venue.position()).toEqual(['0.1', '61000']);
    expect(venue.accepted({ side: 'sell', quantity: '0.3' }).fills[0]?.realisedPnl).toBe('200');
    expect(venue.position()).toEqual(['-0.2', '63000']);
  });

  it('pays fees in the settlement asset, less as maker than as taker', () => {
    const venue = market();
    expect(venue.accepted({ quantity: '0.1' }).fills[0]).toMatchObject({ fee: '3', feeAsset: 'USDT', maker: false });
    const resting = venue.accepted({ side: 'sell', quantity: '0.1', price: '61000' });
    venue.setPrice('61500');
    expect(venue.again(resting)?.fills).toMatchObject([{ price: '61000', fee: '1.22', maker: true, realisedPnl: '100' }]);
    expect(venue.owned()).toBe('10095.78');
  });
});

describe('margin', () => {
  it('is the position at the market over its leverage, locked in the wallet', () => {
    const venue = market({ leverage: 10 });
    venue.accepted({ quantity: '0.1' });
    expect(venue.wallet.balance(usdt).locked).toBe('600');
    venue.setPrice('66000');
    expect(venue.wallet.balance(usdt).locked).toBe('660');
    expect(venue.engine.margin(apiKey)).toMatchObject({ crossUnrealisedPnl: '600', available: '9937', positionMargin: '660' });
  });

  it('refuses what cannot be paid for, and takes the same at more leverage', () => {
    const venue = market({ leverage: 1, funds: '1000' });
    expect(venue.refused({ quantity: '0.1' })).toBe('insufficient_margin');
    expect(venue.engine.settings.setLeverage(apiKey, btc, 10)).toBeUndefined();
    expect(venue.refused({ quantity: '0.1' })).toBe('filled');
    expect(venue.engine.settings.setLeverage(apiKey, btc, 5)).toBe('insufficient_margin');
    expect(venue.linear.leverage(btc)).toBe(10);
  });

  it('counts the worse side of open orders, not both, and nothing for what closes', () => {
    const venue = market({ leverage: 10 });
    venue.accepted({ quantity: '0.1' });
    venue.accepted({ side: 'sell', quantity: '0.1', price: '61000', reduceOnly: true });
    expect(venue.engine.margin(apiKey).orderMargin).toBe('0');
    venue.accepted({ side: 'buy', quantity: '0.1', price: '59000' });
    venue.accepted({ side: 'sell', quantity: '0.2', price: '61000' });
    expect(venue.engine.margin(apiKey).orderMargin).toBe('590');
  });

  it('is free again after a cancel', () => {
    const venue = market();
    const order = venue.accepted({ quantity: '0.1', price: '59000' });
    expect(venue.wallet.balance(usdt)).toEqual({ free: '9410', locked: '590' });
    venue.engine.cancel(order);
    expect(venue.wallet.balance(usdt)).toEqual({ free: '10000', locked: '0' });
  });

  it('bounds a position by its leverage, but lets it shrink', () => {
    const venue = market({ funds: '100000', rules: { maxNotional: (_symbol, leverage) => decimal(String(60_000 / leverage)) } });
    expect(venue.refused({ quantity: '0.2' })).toBe('position_limit');
    expect(venue.refused({ quantity: '0.1' })).toBe('filled');
    expect(venue.refused({ quantity: '0.001' })).toBe('position_limit');
    expect(venue.refused({ side: 'sell', quantity: '0.05' })).toBe('filled');
    expect(venue.engine.settings.setLeverage(apiKey, btc, 50)).toBe('position_limit');
  });
});

describe('a reduce-only order', () => {
  it('needs a position against it that nothing else closes', () => {
    const venue = market();
    expect(venue.refused({ side: 'sell', reduceOnly: true })).toBe('reduce_only');
    venue.accepted({ quantity: '0.1' });
    expect(venue.refused({ side: 'buy', reduceOnly: true })).toBe('reduce_only');
    venue.accepted({ side: 'sell', quantity: '0.1', price: '61000', reduceOnly: true });
    expect(venue.refused({ side: 'sell', quantity: '0.1', reduceOnly: true })).toBe('reduce_only');
  });

  it('never turns a position over: its excess ends, or was cut off before', () => {
    const keeping = market();
    keeping.accepted({ quantity: '0.1' });
    expect(keeping.accepted({ side: 'sell', quantity: '0.3', reduceOnly: true })).toMatchObject({
      status: 'expired',
      endedBy: 'reduce_only',
      quantity: '0.3',
      fills: [{ quantity: '0.1' }],
    });
    expect(keeping.position()).toEqual(['0', '0']);
    const cutting = market({ rules: { reduceOnlyExcess: 'truncate' } });
    cutting.accepted({ quantity: '0.1' });
    expect(cutting.accepted({ side: 'sell', quantity: '0.3', reduceOnly: true })).toMatchObject({
      status: 'filled',
      quantity: '0.1',
    });
  });

  it('ends when the position is gone', () => {
    const venue = market();
    venue.accepted({ quantity: '0.1' });
    const target = venue.accepted({ side: 'sell', quantity: '0.1', price: '70000', reduceOnly: true });
    venue.accepted({ side: 'sell', quantity: '0.1' });
    expect(venue.again(target)).toMatchObject({ status: 'expired', endedBy: 'reduce_only', fills: [] });
  });
});

describe('hedge mode', () => {
  it('keeps a long and a short beside each other and closes each with its own side', () => {
    const venue = market({ mode: 'hedge' });
    venue.accepted({ positionSide: 'long', quantity: '0.2' });
    venue.accepted({ side: 'sell', positionSide: 'short', quantity: '0.1' });
    expect([venue.position('long'), venue.position('short')]).toEqual([
      ['0.2', '60000'],
      ['-0.1', '60000'],
    ]);
    venue.accepted({ side: 'sell', positionSide: 'long', quantity: '0.1' });
    expect(venue.position('long')).toEqual(['0.1', '60000']);
    expect(venue.refused({ side: 'sell', positionSide: 'long', quantity: '0.2' })).toBe('reduce_only');
  });

  it("and one-way mode refuse each other's position sides", () => {
    expect(market({ mode: 'hedge' }).refused({ positionSide: 'both' })).toBe('position_side');
    expect(market().refused({ positionSide: 'long' })).toBe('position_side');
  });

  it('changes only while nothing is open', () => {
    const venue = market();
    const { setPositionMode, setMarginType } = venue.engine.settings;
    expect(setPositionMode(apiKey, 'one-way')).toBe('unchanged');
    expect(setMarginType(apiKey, 'cross', btc)).toBe('unchanged');
    const order = venue.accepted({ price: '59000' });
    expect([setPositionMode(apiKey, 'hedge'), setMarginType(apiKey, 'isolated', btc)]).toEqual(['open_orders', 'open_orders']);
    venue.engine.cancel(order);
    venue.accepted();
    expect([setPositionMode(apiKey, 'hedge'), setMarginType(apiKey, 'isolated', btc)]).toEqual([
      'open_position',
      'open_position',
    ]);
    venue.accepted({ side: 'sell', reduceOnly: true });
    expect([setPositionMode(apiKey, 'hedge'), setMarginType(apiKey, 'isolated', btc)]).toEqual([undefined, undefined]);
    expect([venue.linear.positionMode(btc), venue.linear.marginType(btc)]).toEqual(['hedge', 'isolated']);
  });
});

describe('an isolated position', () => {
  it('keeps the margin it was opened with, and its leverage cannot go down', () => {
    const venue = market();
    venue.engine.settings.setMarginType(apiKey, 'isolated', btc);
    venue.accepted({ quantity: '0.1' });
    venue.setPrice('66000');
    expect(venue.engine.margin(apiKey)).toMatchObject({ positionMargin: '600', crossUnrealisedPnl: '0' });
    expect(venue.engine.settings.setLeverage(apiKey, btc, 5)).toBe('isolated_position');
  });
});

describe('time in force', () => {
  it('ends IOC and FOK that do not cross, and what only a part of was there for', () => {
    const venue = market();
    expect(venue.accepted({ price: '59000', timeInForce: 'ioc' })).toMatchObject({ status: 'expired', fills: [] });
    expect(venue.accepted({ price: '60000', timeInForce: 'ioc', share: '0.5' })).toMatchObject({
      status: 'expired',
      endedBy: 'time_in_force',
      fills: [{ quantity: '0.05' }],
    });
    expect(venue.accepted({ price: '60000', timeInForce: 'fok', share: '0.5' })).toMatchObject({ status: 'expired', fills: [] });
    expect(venue.accepted({ share: '0.5' })).toMatchObject({ status: 'expired', fills: [{ quantity: '0.05' }] });
    expect(venue.position()).toEqual(['0.1', '60000']);
  });

  it('lets a limit wait for the rest of a partial fill', () => {
    const venue = market();
    const order = venue.accepted({ price: '60000', share: '0.25' });
    expect(order).toMatchObject({ status: 'partially_filled', fills: [{ quantity: '0.025' }] });
    expect(venue.wallet.balance(usdt).locked).toBe('600');
    venue.setPrice('59000');
    expect(venue.again(order)).toMatchObject({
      status: 'filled',
      fills: [{ quantity: '0.025' }, { quantity: '0.075', maker: true }],
    });
  });

  it('keeps post-only from taking, by refusal or by an end', () => {
    expect(market().refused({ price: '60000', timeInForce: 'post_only' })).toBe('would_match');
    expect(market({ rules: { postOnly: 'end' } }).accepted({ price: '60000', timeInForce: 'post_only' })).toMatchObject({
      status: 'expired',
      endedBy: 'post_only',
    });
    expect(market().refused({ price: '59000', timeInForce: 'post_only' })).toBe('new');
  });
});

describe('a client order id', () => {
  it('is free again after its order, or never, as the venue has it', () => {
    const again = (clientIds: LinearRules['clientIds']) => {
      const venue = market({ rules: { clientIds } });
      const first = venue.refused({ clientOrderId: 'sig-1', price: '59000' });
      const open = venue.refused({ clientOrderId: 'sig-1' });
      venue.engine.cancel(venue.book.open()[0]!);
      return [first, open, venue.refused({ clientOrderId: 'sig-1' })];
    };
    expect(again('open-only')).toEqual(['new', 'duplicate_client_order_id', 'filled']);
    expect(again('for-good')).toEqual(['new', 'duplicate_client_order_id', 'duplicate_client_order_id']);
  });
});

describe('a conditional order', () => {
  const stop: Trigger = { price: decimal('59000'), direction: 'fall' };
  it('waits for its trigger without margin, and then closes', () => {
    const venue = market();
    venue.accepted({ quantity: '0.1' });
    const order = venue.accepted({ side: 'sell', quantity: '0.1', reduceOnly: true, trigger: stop });
    venue.setPrice('59001');
    expect(venue.again(order)).toMatchObject({ status: 'new', fills: [] });
    venue.setPrice('58000');
    expect(venue.again(order)).toMatchObject({ status: 'filled', fills: [{ price: '58000', realisedPnl: '-200' }] });
  });

  it('is refused once the price is there, and ends when it may not enter', () => {
    const venue = market();
    expect(venue.refused({ trigger: { price: decimal('60000'), direction: 'rise' } })).toBe('would_trigger');
    const closing = venue.accepted({ side: 'sell', reduceOnly: true, trigger: stop });
    const opening = venue.accepted({ side: 'sell', quantity: '100', trigger: stop });
    venue.setPrice('59000');
    expect([venue.again(closing), venue.again(opening)]).toMatchObject([
      { status: 'expired', endedBy: 'reduce_only' },
      { status: 'expired', endedBy: 'insufficient_funds' },
    ]);
  });
});

it('a fee is the notional times the rate, to the last digit', () => {
  const fill = market().accepted({ quantity: '0.013' }).fills[0];
  expect(fill?.fee).toBe(multiply(decimal('780'), decimal('0.0005')));
});
