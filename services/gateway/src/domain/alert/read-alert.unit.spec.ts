import { isDecimal } from '@latchkey/kernel';
import { fc } from '@latchkey/testkit';
import { describe, expect, it } from 'vitest';
import { readAlert, type Alert } from './read-alert.js';

// The README's template with TradingView's placeholders filled in.
const tradingView = {
  ticker: 'BTCUSDT',
  action: 'buy',
  quantity: '0.01',
  price: '60000.5',
  orderId: 'Long',
  time: '2026-01-31T12:00:00Z',
  marketPosition: 'long',
  prevMarketPosition: 'flat',
};

const accepted = (body: unknown): Alert => {
  const result = readAlert(typeof body === 'string' ? body : JSON.stringify(body));
  if (!result.ok) throw new TypeError(`refused: ${result.refusal.code}`);
  return result.value;
};
const refused = (body: unknown) => {
  const result = readAlert(typeof body === 'string' ? body : JSON.stringify(body));
  return result.ok ? undefined : result.refusal;
};

describe('the message of a TradingView strategy alert', () => {
  it('is read into a signal of our own terms, and nothing else is kept', () => {
    expect(accepted(tradingView).signal).toEqual({
      market: { ticker: 'BTCUSDT', symbol: 'BTCUSDT' },
      actions: [
        { action: 'exit', positionSide: 'short', implied: true, orderType: 'market' },
        { action: 'buy', positionSide: 'long', orderType: 'market' },
      ],
      quantity: '0.01',
      price: '60000.5',
      orderId: 'Long',
      firedAt: '2026-01-31T12:00:00.000Z',
      marketPosition: 'long',
      prevMarketPosition: 'flat',
    });
    expect(accepted(tradingView).warnings).toEqual([]);
  });

  it('that was changed by hand is what its action says, where its positions do not fit that', () => {
    const alert = accepted({ ...tradingView, action: 'sell' });
    expect(alert.signal).toMatchObject({ actions: [{ action: 'sell', orderType: 'market' }], quantity: '0.01' });
    expect(alert.signal).not.toHaveProperty('marketPosition');
    expect(alert.warnings).toEqual([expect.stringContaining('does not lead from "prevMarketPosition"')]);
  });

  it('may be an exit, which closes what a follower owns and needs no quantity', () => {
    expect(accepted({ ticker: 'BTCUSDT.P', action: 'Exit' }).signal).toEqual({
      market: { ticker: 'BTCUSDT.P', symbol: 'BTCUSDT' },
      actions: [{ action: 'exit', orderType: 'market' }],
    });
  });

  it('may leave optional placeholders empty', () => {
    expect(accepted({ ticker: 'BTCUSDT', action: 'SELL', quantity: '', price: null, orderId: '' }).signal).toEqual({
      market: { ticker: 'BTCUSDT', symbol: 'BTCUSDT' },
      actions: [{ action: 'sell', orderType: 'market' }],
    });
  });

  it.each([
    ['quoted', '{"ticker":"BTCUSDT","action":"{{strategy.order.action}}"}'],
    ['without quotes, which is no JSON', '{"ticker":"BTCUSDT","action":"buy","quantity":{{strategy.order.contracts}}}'],
  ])('is refused while a placeholder is left, %s', (_how, text) => {
    expect(refused(text)?.code).toBe('alert.placeholders_left');
  });
});

describe('numbers', () => {
  it('keep every digit, whether they came as text or as JSON numbers', () => {
    const digits = fc.tuple(fc.bigInt({ min: 1n, max: 10n ** 17n }), fc.bigInt({ min: 0n, max: 10n ** 17n }));
    fc.assert(
      fc.property(digits, ([whole, fraction]) => {
        const text = `${whole}.${fraction}1`;
        const asNumber = accepted(`{"ticker":"BTCUSDT","action":"buy","quantity":${text}}`);
        const asText = accepted({ ticker: 'BTCUSDT', action: 'buy', quantity: text });
        expect(asNumber.signal.quantity).toBe(text);
        expect(asText.signal).toEqual(asNumber.signal);
      }),
    );
  });

  it('are decimals of bounded length or refused, whatever stands there', () => {
    const tokens = fc.oneof(
      fc.double().map(String),
      fc.string(),
      fc.constantFrom('1e999', '1e-999', '-1', '0', 'NaN', '1,5', '0x10', '١'),
    );
    fc.assert(
      fc.property(tokens, (quantity) => {
        const result = readAlert(JSON.stringify({ ticker: 'BTCUSDT', action: 'buy', quantity }));
        const value = result.ok ? result.value.signal.quantity : undefined;
        expect(value === undefined || (isDecimal(value) && value.length <= 40)).toBe(true);
        if (!result.ok) expect(['alert.field_invalid', 'alert.placeholders_left']).toContain(result.refusal.code);
      }),
    );
  });

  it.each(['0', '-0.5', '1e999', 'NaN', '0,5', 'all'])('a quantity of %s is refused by name', (quantity) => {
    expect(refused({ ...tradingView, quantity })).toMatchObject({ code: 'alert.field_invalid', field: 'quantity' });
  });

  it('a boolean is no number', () => {
    expect(refused({ ...tradingView, quantity: true })).toMatchObject({ code: 'alert.field_invalid', field: 'quantity' });
  });
});

describe('tickers', () => {
  const symbols = fc.stringMatching(/^[A-Z0-9]{2,20}$/);
  it('name the same market in every way of writing', () => {
    fc.assert(
      fc.property(
        symbols,
        fc.constantFrom('', 'BINANCE:', 'BYBIT:', 'okx:', 'BINANCE_DLY:'),
        fc.constantFrom('', '.P'),
        (symbol, prefix, suffix) => {
          const ticker = `${prefix}${symbol}${suffix}`;
          expect(accepted({ ...tradingView, ticker }).signal.market).toEqual({ ticker, symbol });
        },
      ),
    );
  });

  it.each(['BTC/USDT', 'B', 'BTCUSDT.PERP', 'A:B:CCC', 'BTC USDT', "BTCUSDT'; --", '\u0000BTCUSDT'])(
    '%j is refused by name',
    (ticker) => {
      expect(refused({ ...tradingView, ticker })).toMatchObject({ code: 'alert.field_invalid', field: 'ticker' });
    },
  );
});

describe('a leverage', () => {
  it.each([
    ['1', 1],
    ['125', 125],
    ['10.0', 10],
  ])('of %s is read', (leverage, expected) => {
    const { signal, warnings } = accepted({ ...tradingView, leverage });
    expect(signal.leverage).toBe(expected);
    expect(warnings).toContainEqual(expect.stringContaining('on spot it is ignored'));
  });

  it.each(['0', '126', '2.5', '-3', '10x', '1e3', 'max'])('of %s is refused', (leverage) => {
    expect(refused({ ...tradingView, leverage })).toMatchObject({ code: 'alert.field_invalid', field: 'leverage' });
  });
});

describe('what is not honoured yet', () => {
  it.each([
    'limitPrice',
    'stopPrice',
    'takeProfit',
    'stopLoss',
    'timeInForce',
    'cancel',
    'trailAmount',
    'trailPercent',
    'secret',
  ])('%s is refused by name, never ignored', (field) => {
    expect(refused({ ...tradingView, [field]: '1' })).toMatchObject({ code: 'not_supported', field });
    expect(refused({ ...tradingView, [field]: { percent: 5 } })).toMatchObject({ code: 'not_supported', field });
  });

  it.each([
    ['action', 'cancel'],
    ['orderType', 'limit'],
    ['quantityType', 'risk_percent'],
  ])('%s %s is refused by name', (field, value) => {
    expect(refused({ ...tradingView, [field]: value })).toMatchObject({ code: 'not_supported', field });
  });

  it('says which value is wrong without repeating it', () => {
    const refusal = refused({ ...tradingView, action: 'CANARY-4711' });
    expect(refusal).toMatchObject({ code: 'alert.field_invalid', field: 'action' });
    expect(JSON.stringify(refusal)).not.toContain('CANARY');
  });
});

describe('the size of an order', () => {
  it.each([
    [{}, { quantity: '0.01', actions: [{ action: 'buy' }] }],
    [{ quantityType: 'percent_of_equity' }, { actions: [{ action: 'buy', quantity: '0.01', unit: 'equity_percent' }] }],
    [{ quantityType: 'percent_of_position' }, { actions: [{ action: 'buy', quantity: '0.01', unit: 'position_percent' }] }],
    [{ quantityType: 'dollar_amount' }, { actions: [{ action: 'buy', quantity: '0.01', unit: 'quote' }] }],
    [
      { action: 'exit', quantityType: 'percent_of_position' },
      { actions: [{ action: 'reduce', quantity: '0.01', unit: 'position_percent' }] },
    ],
    [{ action: 'add' }, { quantity: '0.01', actions: [{ action: 'add' }] }],
    [{ action: 'reverse' }, { quantity: '0.01', actions: [{ action: 'exit' }, { action: 'reverse' }] }],
    [{ delay: '30' }, { actions: [{ action: 'buy', delaySeconds: 30 }] }],
    [
      { sentiment: 'bearish', action: 'sell' },
      {
        actions: [
          { action: 'exit', implied: true },
          { action: 'sell', positionSide: 'short' },
        ],
      },
    ],
  ])('is what the alert says, %#', (fields, signal) => {
    expect(accepted({ ticker: 'BTCUSDT', action: 'buy', quantity: '0.01', ...fields }).signal).toMatchObject(signal);
  });

  it.each([
    [{ action: 'exit', quantityType: 'dollar_amount' }, 'not_supported', 'quantityType'],
    [{ quantity: '101', quantityType: 'percent_of_free' }, 'alert.field_invalid', 'quantity'],
    [{ delay: '301' }, 'alert.field_invalid', 'delay'],
    [{ delay: '1.5' }, 'alert.field_invalid', 'delay'],
    [{ sentiment: 'sideways' }, 'alert.field_invalid', 'sentiment'],
    [{ positionSide: 'flat' }, 'alert.field_invalid', 'positionSide'],
    [{ marketPositionSize: '-1' }, 'alert.field_invalid', 'marketPositionSize'],
  ])('is refused by name where it cannot be meant, %#', (fields, code, field) => {
    expect(refused({ ticker: 'BTCUSDT', action: 'buy', quantity: '0.01', ...fields })).toMatchObject({ code, field });
  });
});

describe('several actions in one alert', () => {
  const several = (actions: unknown, more: object = {}) => ({
    ticker: 'BTCUSDT.P',
    time: '2026-01-31T12:00:00Z',
    actions,
    ...more,
  });

  it('are taken in their order, each with its own size and delay', () => {
    const actions = [
      { action: 'exit', positionSide: 'short' },
      { action: 'exit', quantity: '50', quantityType: 'percent_of_position', sentiment: '' },
      { action: 'buy', quantity: 0.02, delay: 5 },
    ];
    expect(accepted(several(actions)).signal).toEqual({
      market: { ticker: 'BTCUSDT.P', symbol: 'BTCUSDT' },
      actions: [
        { action: 'exit', positionSide: 'short', orderType: 'market' },
        { action: 'reduce', quantity: '50', unit: 'position_percent', orderType: 'market' },
        { action: 'buy', quantity: '0.02', delaySeconds: 5, orderType: 'market' },
      ],
      firedAt: '2026-01-31T12:00:00.000Z',
    });
  });

  it.each([
    [several([]), 'alert.field_invalid', 'actions'],
    [several('buy'), 'alert.field_invalid', 'actions'],
    [several(['buy']), 'alert.field_invalid', 'actions'],
    [several(Array.from({ length: 9 }, () => ({ action: 'buy' }))), 'alert.field_invalid', 'actions'],
    [several([{ action: 'buy', ticker: 'ETHUSDT' }]), 'alert.field_invalid', 'actions'],
    [several([{ quantity: '1' }]), 'alert.field_missing', 'action'],
    [several([{ action: 'buy' }], { action: 'buy' }), 'alert.field_invalid', 'action'],
    [several([{ action: 'buy' }], { quantity: '1' }), 'alert.field_invalid', 'quantity'],
    [several([{ action: 'buy', orderType: 'limit' }]), 'not_supported', 'orderType'],
    [
      several([
        { action: 'exit', delay: 60 },
        { action: 'buy', delay: 59 },
      ]),
      'alert.field_invalid',
      'delay',
    ],
  ])('are refused as a whole where one of them is wrong, %#', (body, code, field) => {
    expect(refused(body)).toMatchObject({ code, field });
  });
});

describe('unknown fields', () => {
  it('are ignored and named', () => {
    expect(accepted({ ...tradingView, comment: 'x', plot_0: 1 }).warnings).toEqual([
      '"comment" is not a field of Latchkey\'s alert format; it was ignored',
      '"plot_0" is not a field of Latchkey\'s alert format; it was ignored',
    ]);
  });

  it('are counted, not named, where the name could be something pasted into the wrong place', () => {
    const secret = 'vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A';
    const { warnings } = accepted({ ...tradingView, [secret]: 1, ['a1b2c3d4']: 1 });
    expect(warnings).toEqual(['2 more fields were ignored; their names are not repeated here']);
  });
});

describe('a body that is no alert', () => {
  it.each([
    ['', 'nothing'],
    ['buy BTCUSDT', 'plain words'],
    ['[]', 'a list'],
    ['null', 'null'],
    ['"x"', 'a text'],
    ['1', 'a number'],
    ['{"a":', 'half an object'],
    ['['.repeat(50_000), 'fifty thousand brackets'],
    [`{"a":${'['.repeat(17)}${']'.repeat(17)}}`, 'deep nesting'],
    [String.raw`{"a":"\ud800"}`, 'half a character'],
  ])('%#: %s is malformed', (text) => {
    expect(refused(text)?.code).toBe('alert.malformed');
  });

  it('never makes the reader throw', () => {
    fc.assert(fc.property(fc.json({ maxDepth: 6 }), (text) => typeof readAlert(text).ok === 'boolean'));
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => typeof readAlert(text).ok === 'boolean'));
  });

  it.each(['ticker', 'action'])('without %s is refused by name', (field) => {
    expect(refused({ ...tradingView, [field]: undefined })).toMatchObject({ code: 'alert.field_missing', field });
  });

  it('with a member named like an object method is only an unknown field', () => {
    expect(
      accepted('{"ticker":"BTCUSDT","action":"buy","__proto__":{"quantity":"1"},"toString":"x"}').signal.quantity,
    ).toBeUndefined();
  });
});

describe('the fire time', () => {
  it.each([
    ['2026-01-31T12:00:00Z', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31T13:00:00.5+01:00', '2026-01-31T12:00:00.500Z'],
    ['1769860800', '2026-01-31T12:00:00.000Z'],
    ['1769860800000', '2026-01-31T12:00:00.000Z'],
  ])('%s is understood', (time, firedAt) => {
    expect(accepted({ ...tradingView, time }).signal.firedAt).toBe(firedAt);
  });

  it.each(['yesterday', '2026-13-01T00:00:00Z', '2026-01-31 12:00', '0001-01-01T00:00:00Z', '99'])(
    '%s is refused by name',
    (time) => {
      expect(refused({ ...tradingView, time })).toMatchObject({ code: 'alert.field_invalid', field: 'time' });
    },
  );
});
