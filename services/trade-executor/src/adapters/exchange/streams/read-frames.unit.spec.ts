import { describe, expect, it } from 'vitest';
import { createBackOff } from './back-off.js';
import { parseLossless } from './lossless-json.js';
import { readExecutionReport, readOrderTradeUpdate } from './read-frames.js';

const report = (over: string) =>
  parseLossless(
    `{"e":"executionReport","s":"BTCUSDT","c":"mine","C":"","x":"TRADE","X":"FILLED","i":9007199254740993123,"q":"0.01","z":"0.01","Z":"500","l":"0.006","L":"50000","t":9007199254740993999,"n":"0.00001","N":"BTC","T":1790000000099${over}}`,
  );

describe('frames of private streams', () => {
  it('keep every digit of an id, and read numbers as numbers', () => {
    expect(parseLossless('{"a":9007199254740993,"b":7,"c":1.5,"d":"9007199254740993","e":[-9007199254740993]}')).toEqual({
      a: '9007199254740993',
      b: 7,
      c: 1.5,
      d: '9007199254740993',
      e: ['-9007199254740993'],
    });
    expect(parseLossless('{"a":')).toBeUndefined();
  });

  it('tell a fill, its total and its average on spot', () => {
    expect(readExecutionReport(report(''))).toMatchObject({
      clientOrderId: 'mine',
      filled: '0.01',
      order: {
        orderId: '9007199254740993123',
        status: 'filled',
        averagePrice: '50000',
        fills: [{ fillId: '9007199254740993999', amount: '0.006', price: '50000', fee: '0.00001', feeAsset: 'BTC' }],
      },
    });
  });

  it('name a canceled order by its own id, not by its cancel’s', () => {
    const canceled = { ...(report('') as object), c: 'cancel', C: 'mine', x: 'CANCELED', X: 'CANCELED', l: '0', t: -1 };
    expect(readExecutionReport(canceled)).toMatchObject({ clientOrderId: 'mine', order: { status: 'canceled', fills: [] } });
  });

  it('are nobody’s business when they are of another kind, or unreadable', () => {
    expect(readExecutionReport({ e: 'balanceUpdate' })).toBeUndefined();
    expect(readExecutionReport(parseLossless('{"e":"executionReport"}'))).toBeUndefined();
    expect(readOrderTradeUpdate({ e: 'TRADE_LITE', s: 'BTCUSDT', c: 'mine', l: '1', L: '1', t: 1, i: 1 })).toBeUndefined();
  });

  it('tell a futures fill, with its average', () => {
    const o = {
      s: 'BTCUSDT',
      c: 'mine',
      x: 'TRADE',
      X: 'PARTIALLY_FILLED',
      i: 1,
      q: '0.01',
      z: '0.004',
      ap: '50001',
      l: '0.004',
      L: '50001',
      t: 5,
      T: 1_790_000_000_000,
    };
    expect(readOrderTradeUpdate({ e: 'ORDER_TRADE_UPDATE', o })).toMatchObject({
      filled: '0.004',
      order: { status: 'open', averagePrice: '50001', fills: [{ fillId: '5', amount: '0.004' }] },
    });
    // A liquidation is told by its own execution type, and is no fill of ours.
    expect(readOrderTradeUpdate({ e: 'ORDER_TRADE_UPDATE', o: { ...o, x: 'CALCULATED' } })?.order.fills).toEqual([]);
  });
});

describe('pauses before a stream is opened again', () => {
  it('grow to half a minute, moved by up to half, and begin anew', () => {
    for (const [random, factor] of [
      [0, 0.5],
      [1, 1],
    ] as const) {
      const backOff = createBackOff(() => random);
      const pauses = Array.from({ length: 9 }, () => backOff.nextMs());
      expect(pauses).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000].map((ms) => ms * factor));
      backOff.reset();
      expect(backOff.nextMs()).toBe(500 * factor);
    }
  });
});
