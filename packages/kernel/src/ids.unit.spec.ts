import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clientOrderIdOf, entryLeg, newId, tradeIdOf, type Leg, type SignalId, type UserId } from './ids.js';

const trade = {
  signalId: '0199d3a0-7c00-7000-8000-000000000001' as SignalId,
  actionIndex: 0,
  userId: 'user-1' as UserId,
  exchange: 'binance',
  environment: 'live',
};

describe('a trade id', () => {
  it('is the same wherever it is computed, for ever', () => {
    expect(tradeIdOf(trade)).toBe('bedd3974-6728-582f-b972-f1cf3329e8dd');
    expect(clientOrderIdOf(tradeIdOf(trade), entryLeg)).toBe('bedd39746728582fb972f1cf3329e8dd-e0');
  });

  it('differs as soon as anything of the trade differs', () => {
    const others = [
      { actionIndex: 1 },
      { userId: 'user-2' as UserId },
      { exchange: 'bybit' },
      { environment: 'testnet' },
      { signalId: newId<SignalId>() },
    ];
    const ids = [trade, ...others.map((other) => ({ ...trade, ...other }))].map(tradeIdOf);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('cannot be made to collide by moving characters between fields', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), fc.string(), (a, b, c, d) => {
        fc.pre(a !== c || b !== d);
        expect(tradeIdOf({ ...trade, userId: a as UserId, exchange: b })).not.toBe(
          tradeIdOf({ ...trade, userId: c as UserId, exchange: d }),
        );
      }),
    );
  });
});

describe('a client order id', () => {
  it('fits every venue', () => {
    expect(clientOrderIdOf(tradeIdOf(trade), entryLeg)).toMatch(/^[a-z0-9-]{35}$/);
  });

  it('refuses a leg that is not two characters', () => {
    expect(() => clientOrderIdOf(tradeIdOf(trade), 'exit' as Leg)).toThrow(
      expect.objectContaining({ code: 'kernel.invariant_broken' }),
    );
  });
});
