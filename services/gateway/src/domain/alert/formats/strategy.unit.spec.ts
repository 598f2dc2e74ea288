import { fc } from '@latchkey/testkit';
import { describe, expect, it } from 'vitest';
import { readAlert } from '../read-alert.js';

const read = (text: string) => {
  const result = readAlert(text);
  return result.ok ? result.value : result.refusal;
};
const market = { orderType: 'market' } as const;

describe('the message that TradingView writes by itself', () => {
  const message = (action: string, contracts: string, position: string) =>
    `Supertrend (10, 3): order ${action} @ ${contracts} filled on BTCUSDT.P. New strategy position is ${position}`;

  it.each([
    [
      message('buy', '0.5', '0.5'),
      [
        { action: 'exit', positionSide: 'short', implied: true, ...market },
        { action: 'buy', positionSide: 'long', ...market },
      ],
      '0.5',
    ],
    [message('sell', '0.5', '0'), [{ action: 'exit', ...market }], undefined],
    [
      message('sell', '1.5', '-1'),
      [
        { action: 'exit', positionSide: 'long', implied: true, ...market },
        { action: 'sell', positionSide: 'short', ...market },
      ],
      '1',
    ],
    [
      message('buy', '0.25', '-0.75'),
      [{ action: 'reduce', positionSide: 'short', quantity: '0.25', percent: '25', ...market }],
      undefined,
    ],
    [
      message('buy', '1', '−1'),
      [{ action: 'reduce', positionSide: 'short', quantity: '1', percent: '50', ...market }],
      undefined,
    ],
  ])('says what is meant: %s', (text, actions, quantity) => {
    expect(read(text)).toMatchObject({ signal: { market: { symbol: 'BTCUSDT', ticker: 'BTCUSDT.P' }, actions } });
    expect(read(text)).toHaveProperty('warnings', [expect.stringContaining('tells no time')]);
    if (quantity !== undefined) expect(read(text)).toHaveProperty('signal.quantity', quantity);
  });

  it.each(['order hold @ 1 filled on BTCUSDT. New strategy position is 1', 'order buy @ 1 filled on BTCUSDT', 'buy BTCUSDT now'])(
    'is not taken for one where it is none: %s',
    (text) => {
      expect(read(text)).toMatchObject({ code: 'alert.malformed' });
    },
  );

  it('leads from the position before to the one after, whatever the figures', () => {
    const hundredths = fc.integer({ min: -500, max: 500 });
    fc.assert(
      fc.property(hundredths, fc.integer({ min: 1, max: 500 }), fc.boolean(), (before, contracts, buys) => {
        const after = buys ? before + contracts : before - contracts;
        const result = read(message(buys ? 'buy' : 'sell', String(contracts / 100), String(after / 100)));
        expect(result).toHaveProperty('signal.marketPosition', after === 0 ? 'flat' : after > 0 ? 'long' : 'short');
        expect(result).toHaveProperty('signal.prevMarketPosition', before === 0 ? 'flat' : before > 0 ? 'long' : 'short');
      }),
    );
  });
});

describe('an alert of bare placeholders', () => {
  const flat = {
    ticker: 'BINANCE:BTCUSDT',
    'strategy.order.action': 'sell',
    'strategy.order.contracts': '3',
    'strategy.order.price': '60000',
    'strategy.order.id': 'Short',
    'strategy.market_position': 'short',
    'strategy.market_position_size': '2',
    'strategy.prev_market_position': 'long',
    'strategy.prev_market_position_size': '1',
    timenow: '2026-01-31T12:00:00Z',
  };
  const nested = {
    ticker: 'BTCUSDT',
    exchange: 'BINANCE',
    time: '2026-01-31T11:00:00Z',
    timenow: '2026-01-31T12:00:00Z',
    bar: { open: 1, close: 2 },
    strategy: {
      position_size: -2,
      order_action: 'sell',
      order_contracts: 3,
      order_price: 60000,
      order_id: 'Short',
      market_position: 'short',
      market_position_size: 2,
      prev_market_position: 'long',
      prev_market_position_size: 1,
    },
  };
  const underscored = {
    ticker: 'BTCUSDT',
    action: 'sell',
    contracts: '3',
    price: '60000',
    order_id: 'Short',
    market_position: 'short',
    market_position_size: '2',
    prev_market_position: 'long',
    prev_market_position_size: '1',
    timenow: '2026-01-31T12:00:00Z',
  };

  it.each([
    ['by their own names', flat],
    ['under "strategy"', nested],
    ['with underscores', underscored],
  ])('is read %s', (_how, body) => {
    expect(read(JSON.stringify(body))).toMatchObject({
      signal: {
        market: { symbol: 'BTCUSDT' },
        actions: [
          { action: 'exit', positionSide: 'long', implied: true, ...market },
          { action: 'sell', positionSide: 'short', ...market },
        ],
        quantity: '2',
        price: '60000',
        orderId: 'Short',
        firedAt: '2026-01-31T12:00:00.000Z',
      },
      warnings: [],
    });
  });

  it('that turns round without its new size says what is missing', () => {
    const { strategy, ...rest } = nested;
    const { market_position_size: _now, prev_market_position_size: _before, ...sizeless } = strategy;
    expect(read(JSON.stringify({ ...rest, strategy: sizeless }))).toMatchObject({
      warnings: [expect.stringContaining('marketPositionSize')],
    });
  });

  it('takes "time" for the time of the bar, and says what is missing', () => {
    const { timenow: _fired, ...untimed } = nested;
    expect(read(JSON.stringify(untimed))).toMatchObject({ warnings: [expect.stringContaining('"timenow"')] });
    expect(read(JSON.stringify(untimed))).not.toHaveProperty('firedAtMs');
  });

  it('is refused by the names that it has', () => {
    const wrong = { ...nested, strategy: { ...nested.strategy, order_contracts: 'CANARY' } };
    expect(read(JSON.stringify(wrong))).toMatchObject({ code: 'alert.field_invalid', field: 'strategy.order_contracts' });
    expect(JSON.stringify(read(JSON.stringify(wrong)))).not.toContain('CANARY');
    const twice = { ...flat, 'strategy.order_action': 'buy' };
    expect(read(JSON.stringify(twice))).toMatchObject({ code: 'alert.field_invalid', field: 'strategy.order_action' });
  });
});
