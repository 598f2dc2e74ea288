import { decimal } from '@latchkey/kernel';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { decimalString } from './vocabulary.js';
import { toLatest, type Upcasters } from './upcast.js';

// A synthetic event with a past: v1 had a number of cents, v2 an amount without its asset, v3 has both.
const table = { FeePaid: { v: 3, data: z.strictObject({ amount: decimalString, asset: z.string() }) } };
const upcasters: Upcasters = {
  FeePaid: {
    1: (data) => ({ amount: `${(data as { cents: number }).cents / 100}` }),
    2: (data) => ({ ...(data as object), asset: 'USDT' }),
  },
};

describe('an upcaster', () => {
  it('lets code that knows v3 only read what a v1 writer stored', () => {
    expect(toLatest({ type: 'FeePaid', v: 1, data: { cents: 250 } }, table, upcasters)).toEqual({
      type: 'FeePaid',
      v: 3,
      data: { amount: decimal('2.5'), asset: 'USDT' },
    });
  });

  it('starts at the version that was stored', () => {
    expect(toLatest({ type: 'FeePaid', v: 2, data: { amount: '7' } }, table, upcasters).data).toEqual({
      amount: '7',
      asset: 'USDT',
    });
  });

  it('leaves the latest version alone', () => {
    expect(toLatest({ type: 'FeePaid', v: 3, data: { amount: '7', asset: 'BNB' } }, table, {}).data).toEqual({
      amount: '7',
      asset: 'BNB',
    });
  });

  it('refuses a version from the future, a missing step, an unknown type and a wrong shape, each by its code', () => {
    const code = (stored: Parameters<typeof toLatest>[0], steps = upcasters) => {
      try {
        toLatest(stored, table, steps);
        return 'none';
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    expect(code({ type: 'FeePaid', v: 4, data: {} })).toBe('contracts.version_unknown');
    expect(code({ type: 'FeePaid', v: 1, data: { cents: 1 } }, {})).toBe('contracts.version_unknown');
    expect(code({ type: 'toString', v: 1, data: {} })).toBe('contracts.event_unknown');
    expect(code({ type: 'FeePaid', v: 3, data: { amount: 7 } })).toBe('contracts.event_invalid');
  });
});
