import type { ExchangeName } from '@latchkey/contracts';
import { fc } from '@latchkey/testkit';
import { describe, expect, it } from 'vitest';
import type { Failure } from '../settlement/outcome.js';
import { failedVerification } from './refused-key.js';

const answered = (http: number, code?: number, message = 'words'): Failure => ({
  sent: true,
  http,
  message,
  cause: `http_${http}`,
  ...(code !== undefined && { code }),
});
const definite: Readonly<Record<ExchangeName, readonly number[]>> = {
  binance: [-2008, -2014, -2015, -1022],
  bybit: [-2015, 10003, 10004, 10005, 10007, 10010, 33004],
};

describe('an answer that proves that a key does not work', () => {
  it.each<[ExchangeName, number, number, string]>([
    ['binance', 401, -2015, 'venue.key_refused'],
    ['binance', 401, -2014, 'venue.key_refused'],
    ['binance', 400, -2008, 'venue.key_unknown'],
    ['binance', 400, -1022, 'venue.signature_refused'],
    ['bybit', 200, 10003, 'venue.key_unknown'],
    ['bybit', 200, 10004, 'venue.signature_refused'],
    ['bybit', 200, 10005, 'venue.key_refused'],
    ['bybit', 200, 10007, 'venue.key_refused'],
    ['bybit', 200, 10010, 'venue.address_not_allowed'],
    ['bybit', 200, 33004, 'venue.key_expired'],
    ['bybit', 200, -2015, 'venue.key_expired'],
  ])('%s, HTTP %i, %i: %s', (exchange, http, code, expected) => {
    expect(failedVerification(exchange, answered(http, code))).toMatchObject({ outcome: 'refused', code: expected });
  });

  it("tells the venue's words and what to do, on one line and not at any length", () => {
    const { message } = failedVerification('bybit', answered(200, 33004, `Your api key\n${'x'.repeat(500)}`)) as {
      message: string;
    };
    expect(message).toContain('Your api key xxx');
    expect(message).toContain('(33004). The key has expired');
    expect(message.length).toBeLessThan(400);
  });
});

describe('any other answer', () => {
  it.each<[string, ExchangeName, Failure]>([
    ['none at all', 'binance', { sent: true, cause: 'timeout' }],
    ['a refused connection', 'bybit', { sent: false, cause: 'ECONNREFUSED' }],
    ['a 401 that may be a proxy’s', 'binance', answered(401)],
    ['a plain 401 of the gateway', 'bybit', answered(401)],
    ['a limit whose body names the key', 'binance', answered(429, -2015)],
    ['a ban', 'binance', answered(418, -1003)],
    ['the limit of our address', 'bybit', answered(403, 10003)],
    ['a wrong clock', 'binance', answered(400, -1021)],
    ['a wrong clock, at Bybit', 'bybit', answered(200, 10002)],
    ['the limit of the account', 'bybit', answered(200, 10006)],
    ['an account that is barred, whatever the key', 'bybit', answered(200, 10008)],
    ['a region that is barred', 'bybit', answered(200, 10009)],
    ['a body that cannot be read', 'binance', { sent: true, http: 200, cause: 'unreadable_body' }],
  ])('proves nothing: %s', (_what, exchange, failure) => {
    expect(failedVerification(exchange, failure)).toMatchObject({ outcome: 'unavailable', code: 'venue.unavailable' });
  });

  it('proves nothing, whatever its status and code', () => {
    const venues = fc.constantFrom<ExchangeName>('binance', 'bybit');
    fc.assert(
      fc.property(venues, fc.integer({ min: 200, max: 599 }), fc.integer({ min: -5_000, max: 180_000 }), (venue, http, code) => {
        fc.pre(!definite[venue].includes(code));
        return failedVerification(venue, answered(http, code)).outcome === 'unavailable';
      }),
    );
  });
});
