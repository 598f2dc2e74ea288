import { fc } from '@latchkey/testkit';
import { describe, expect, it } from 'vitest';
import { isStale } from '../alert-key.js';
import { readAlert, type Alert } from '../read-alert.js';

// As each platform's documentation prints it, with TradingView's placeholders filled in.
const threeCommas = {
  secret: 'token-of-another-platform',
  max_lag: '300',
  timestamp: '2026-01-31T12:00:00Z',
  trigger_price: '60000.5',
  tv_exchange: 'BINANCE',
  tv_instrument: 'BTCUSDT.P',
  action: 'buy',
  bot_uuid: '0b0e5d0c-6d8e-4f0e-9f6e-1d1a7e0b0c0d',
  strategy_info: {
    market_position: 'long',
    market_position_size: '0.01',
    prev_market_position: 'flat',
    prev_market_position_size: '0',
  },
  order: { amount: '0.01', currency_type: 'base' },
};
const okx = {
  id: 'Long',
  action: 'buy',
  marketPosition: 'long',
  prevMarketPosition: 'flat',
  marketPositionSize: '0.01',
  prevMarketPositionSize: '0',
  instrument: 'BTCUSDT.P',
  signalToken: 'token-of-another-platform',
  timestamp: '2026-01-31T12:00:00Z',
  maxLag: '300',
  investmentType: 'base',
  amount: '0.01',
};

const accepted = (body: object): Alert => {
  const result = readAlert(JSON.stringify(body));
  if (!result.ok) throw new TypeError(`refused: ${result.refusal.code} ${result.refusal.message}`);
  return result.value;
};
const refused = (body: object) => {
  const result = readAlert(JSON.stringify(body));
  return result.ok ? undefined : result.refusal;
};
/** Each format's way to say where the position was, where it is, and which order took it there. */
const moved = {
  '3Commas': (previous: string, action: string, position: string) => ({
    ...threeCommas,
    action,
    strategy_info: { market_position: position, prev_market_position: previous },
  }),
  OKX: (previous: string, action: string, position: string) => ({
    ...okx,
    action,
    marketPosition: position,
    prevMarketPosition: previous,
  }),
} as const;
const formats = Object.entries(moved);
const market = { orderType: 'market' } as const;
const intoLong = [
  { action: 'exit', positionSide: 'short', implied: true, ...market },
  { action: 'buy', positionSide: 'long', ...market },
] as const;
const intoShort = [
  { action: 'exit', positionSide: 'long', implied: true, ...market },
  { action: 'sell', positionSide: 'short', ...market },
] as const;

describe('an alert that was written for another platform', () => {
  it.each([
    ['3Commas', threeCommas, { price: '60000.5' }],
    ['OKX', okx, { orderId: 'Long' }],
  ])('of %s is read as it is, and none of its credentials is kept', (_format, body, own) => {
    const alert = accepted(body);
    expect(alert.signal).toEqual({
      market: { ticker: 'BTCUSDT.P', symbol: 'BTCUSDT' },
      actions: intoLong,
      quantity: '0.01',
      firedAt: '2026-01-31T12:00:00.000Z',
      marketPosition: 'long',
      prevMarketPosition: 'flat',
      ...own,
    });
    expect(alert.warnings).toEqual([expect.stringContaining('is a credential of another platform')]);
    expect(JSON.stringify([alert.signal, alert.warnings])).not.toContain('token-of');
  });

  // The whole table stands in steps.unit.spec.ts: here, that each format hands its positions on.
  it.each(
    formats.flatMap(
      ([format, body]) =>
        [
          [format, 'ends a position', body('long', 'sell', 'flat'), [{ action: 'exit', ...market }]],
          [format, 'turns it round', body('long', 'sell', 'short'), intoShort],
          [
            format,
            'closes a part',
            body('long', 'sell', 'long'),
            [{ action: 'reduce', positionSide: 'long', quantity: '0.01', ...market }],
          ],
        ] as const,
    ),
  )('of %s %s', (_format, _what, body, actions) => {
    expect(accepted(body).signal.actions).toEqual(actions);
  });

  it.each(
    formats.flatMap(
      ([format, body]) =>
        [
          [format, 'flat', 'sell', 'long', body],
          [format, 'sideways', 'buy', 'long', body],
          [format, 'flat', 'hold', 'long', body],
        ] as const,
    ),
  )('of %s is refused where its words do not fit: from %s by %s to %s', (_format, previous, action, now, body) => {
    expect(refused(body(previous, action, now))?.code).toBe('alert.field_invalid');
  });

  it('may leave positions out: then it is what it says', () => {
    expect(accepted({ ...threeCommas, action: 'sell', strategy_info: null }).signal.actions[0]?.action).toBe('sell');
  });

  it.each([
    ['ENTER_LONG', intoLong],
    ['ENTER_SHORT', intoShort],
    ['EXIT_LONG', [{ action: 'reduce', positionSide: 'long', quantity: '0.01', ...market }]],
    ['EXIT_SHORT', [{ action: 'reduce', positionSide: 'short', quantity: '0.01', ...market }]],
  ])('of OKX in its universal form: %s', (action, actions) => {
    const { signalToken, timestamp, maxLag, investmentType, amount } = okx;
    const universal = {
      action,
      instrument: 'BTC-USDT-SWAP',
      signalToken,
      timestamp,
      maxLag,
      orderType: 'market',
      investmentType,
      amount,
    };
    expect(accepted(universal).signal).toMatchObject({
      market: { ticker: 'BTC-USDT-SWAP', symbol: 'BTCUSDT' },
      actions,
    });
  });

  it('of OKX may exit by percent of its position', () => {
    const { signalToken, timestamp, investmentType: _base, ...rest } = okx;
    const exit = { ...rest, signalToken, timestamp, action: 'EXIT_LONG', investmentType: 'percentage_position' };
    expect(accepted({ ...exit, amount: '100' }).signal).toMatchObject({ actions: [{ action: 'exit', positionSide: 'long' }] });
    expect(accepted({ ...exit, amount: '50' }).signal.actions).toEqual([
      { action: 'reduce', positionSide: 'long', quantity: '50', unit: 'position_percent', ...market },
    ]);
    expect(refused({ ...exit, amount: '10', investmentType: 'percentage_balance' })).toMatchObject({
      code: 'not_supported',
      field: 'investmentType',
    });
  });

  it('of OKX may enter with a share of the free balance', () => {
    expect(accepted({ ...okx, amount: '5', investmentType: 'percentage_balance' }).signal).toMatchObject({
      actions: [{ action: 'exit' }, { action: 'buy', quantity: '5', unit: 'free_percent' }],
    });
  });

  it('of 3Commas may name its size in quote currency', () => {
    expect(accepted({ ...threeCommas, order: { amount: '100', currency_type: 'quote' } }).signal).toMatchObject({
      actions: [{ action: 'exit' }, { action: 'buy', quantity: '100', unit: 'quote' }],
    });
  });

  it.each([
    [{ ...threeCommas, order: { amount: '100', currency_type: 'margin' } }, 'not_supported', 'order.currency_type'],
    [{ ...threeCommas, order: 'all' }, 'alert.field_invalid', 'order'],
    [{ ...threeCommas, order: { amount: 'CANARY' } }, 'alert.field_invalid', 'order.amount'],
    [{ ...threeCommas, tv_instrument: '' }, 'alert.field_missing', 'tv_instrument'],
    [{ ...threeCommas, tv_instrument: 'CANARY/USDT' }, 'alert.field_invalid', 'tv_instrument'],
    [{ ...threeCommas, timestamp: 'CANARY' }, 'alert.field_invalid', 'timestamp'],
    [{ ...threeCommas, max_lag: '0' }, 'alert.field_invalid', 'max_lag'],
    [{ ...threeCommas, action: '' }, 'alert.field_missing', 'action'],
    [{ ...okx, investmentType: 'percentage_investment' }, 'not_supported', 'investmentType'],
    [{ ...okx, orderType: 'limit' }, 'not_supported', 'orderType'],
    [{ ...okx, amount: '-1' }, 'alert.field_invalid', 'amount'],
    [{ ...okx, maxLag: '3601' }, 'alert.field_invalid', 'maxLag'],
    [{ ...okx, instrument: null }, 'alert.field_missing', 'instrument'],
  ])('is refused by the name that it has there, %#', (body, code, field) => {
    const refusal = refused(body);
    expect(refusal).toMatchObject({ code, field });
    expect(refusal?.message).toContain(`"${field}"`);
    expect(refusal?.message).not.toContain('CANARY');
  });

  it('is told which of its fields are not read', () => {
    expect(accepted({ ...okx, comment: 'x' }).warnings).toContain('"comment" is not a field of OKX\'s format; it was ignored');
    expect(accepted({ ...threeCommas, comment: 'x' }).warnings).toContain(
      '"comment" is not a field of 3Commas\' format; it was ignored',
    );
  });

  it.each([
    ['its own', { ...threeCommas, max_lag: '20' }, 20],
    ['ours, where 3Commas has none', { ...threeCommas, max_lag: '' }, 300],
    ['its own', { ...okx, maxLag: '3600' }, 3_600],
    ["OKX's, where it has none", { ...okx, maxLag: undefined }, 60],
  ])('may have fired so long ago as it says: %s', (_whose, body, seconds) => {
    const alert = accepted(body);
    const firedAtMs = Date.parse('2026-01-31T12:00:00Z');
    expect([alert.firedAtMs, alert.timeField]).toEqual([firedAtMs, 'timestamp']);
    expect([isStale(alert, firedAtMs + seconds * 1_000), isStale(alert, firedAtMs + seconds * 1_000 + 1)]).toEqual([false, true]);
  });

  it('never makes the reader throw, and never passes for an order that it does not name', () => {
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom('buy', 'sell', 'long', 'short', 'flat', 'BTCUSDT', '1'),
    );
    const alerts = fc.oneof(
      fc.record(Object.fromEntries(Object.keys(threeCommas).map((name) => [name, value])), { requiredKeys: ['tv_instrument'] }),
      fc.record(Object.fromEntries(Object.keys(okx).map((name) => [name, value])), { requiredKeys: ['instrument'] }),
    );
    fc.assert(
      fc.property(alerts, (alert) => {
        const result = readAlert(JSON.stringify(alert));
        if (result.ok) expect(JSON.stringify(alert.action)).toMatch(/^"(?:buy|sell|enter_long|enter_short)"$/i);
      }),
    );
  });
});
