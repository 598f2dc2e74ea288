import { describe, expect, it } from 'vitest';
import { classifyLeverage } from './classify-leverage.js';
import type { Failure } from './outcome.js';

const answered = (code: number | undefined, http = 400): Failure => ({
  sent: true,
  cause: 'answer',
  http,
  ...(code !== undefined && { code, message: 'Leverage 126 is not valid' }),
});
const outcome = (...of: Parameters<typeof classifyLeverage>) => classifyLeverage(...of).outcome;

describe('a leverage that was not confirmed', () => {
  it.each([-4028, -2027, -2028, -4161, -2015, -1121])('at Binance is refused by %i', (code) => {
    expect(classifyLeverage('binance', 126, answered(code))).toEqual({
      outcome: 'refused',
      reason: 'venue.leverage_refused',
      message: `Nothing was ordered: the account's leverage could not be set to 126. The exchange answered "Leverage 126 is not valid" (${code}).`,
    });
  });

  it.each([110013, 110007, 10001, 10003, 10005, 10010])('at Bybit is refused by %i', (code) => {
    expect(outcome('bybit', 5, answered(code, 200))).toBe('refused');
  });

  it('at Bybit is what was asked for where the venue calls it unchanged, and at Binance nobody says so', () => {
    expect(outcome('bybit', 5, answered(110043, 200))).toBe('set');
    expect(outcome('binance', 5, answered(110043))).toBe('refused');
  });

  it.each<[string, Parameters<typeof classifyLeverage>]>([
    ['limits', ['binance', 5, answered(-1003, 429)]],
    ['the limit of our address', ['bybit', 5, answered(undefined, 403)]],
    ['the limit of the account', ['bybit', 5, answered(10006, 200)]],
    ['a time-out of the venue', ['binance', 5, answered(-1007, 408)]],
    ['trouble of the venue', ['binance', 5, answered(-1001, 503)]],
    ['trouble of the venue, in another number', ['binance', 5, answered(-9999, 503)]],
    ['trouble in its own number', ['bybit', 5, answered(10016, 200)]],
    ['no answer', ['bybit', 5, { sent: true, cause: 'timeout' }]],
    ['an answer that says nothing', ['bybit', 5, { sent: true, cause: 'unreadable_body', http: 200, code: 0 }]],
    ['nothing that left', ['binance', 5, { sent: false, cause: 'ECONNREFUSED' }]],
  ])('is asked for again after %s', (_what, of) => {
    expect(classifyLeverage(...of)).toMatchObject({ outcome: 'unavailable', reason: 'venue.leverage_unknown' });
  });

  it('measures the clock again where the venue refused its time', () => {
    expect(classifyLeverage('binance', 5, answered(-1021))).toMatchObject({ outcome: 'unavailable', resyncClock: true });
    expect(classifyLeverage('bybit', 5, answered(10002, 200))).toMatchObject({ outcome: 'unavailable', resyncClock: true });
    expect(classifyLeverage('bybit', 5, answered(10006, 200))).not.toHaveProperty('resyncClock');
  });
});
