import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { binanceSpotTable, type CodeRule } from './binance-codes.js';
import { classifyBinanceLookup, classifyBinanceSubmit } from './classify-binance.js';
import type { Failure } from './outcome.js';
import { usdmTable } from './usdm-codes.js';

const answer = (http: number, code?: number, message = 'words of the venue'): Failure => ({
  sent: true,
  http,
  cause: `http_${http}`,
  ...(code !== undefined && { code, message }),
});
const outcomeOf = (failure: Failure) => classifyBinanceSubmit(failure).outcome;

describe('a new order that failed', () => {
  // exchange-facts.md 3.5, the rows that Binance spot can answer; "accepted?" = no.
  it.each([
    [400, -1013],
    [400, -1022],
    [400, -1100],
    [400, -1101],
    [400, -1102],
    [400, -1104],
    [400, -1105],
    [400, -1106],
    [400, -1111],
    [400, -1121],
    [401, -2008],
    [400, -2010],
    [401, -2014],
    [401, -2015],
  ])('HTTP %i with %i is rejected for good', (http, code) => {
    expect(outcomeOf(answer(http, code))).toBe('rejected');
  });

  it.each([
    [429, -1003],
    [418, -1003],
    [429, -1015],
    [503, -1008],
    [400, -1021],
  ])('HTTP %i with %i was not taken, and may be sent again', (http, code) => {
    expect(outcomeOf(answer(http, code))).toBe('turned_away');
  });

  it.each([
    [500, -1000],
    [503, -1001],
    [500, -1006],
    [504, -1007],
    [408, -1007],
  ])('HTTP %i with %i is unknown by the venue itself', (http, code) => {
    expect(classifyBinanceSubmit(answer(http, code))).toMatchObject({ outcome: 'unknown', venueSaidUnknown: true });
  });

  it.each([408, 500, 502, 503, 504, 520, 521, 522, 523, 524, 525, 526, 530])(
    'a bare HTTP %i is unknown by the venue itself',
    (http) => {
      expect(classifyBinanceSubmit(answer(http))).toEqual({ outcome: 'unknown', cause: `http_${http}`, venueSaidUnknown: true });
    },
  );

  it.each([400, 401, 403, 404, 409, 451])('a bare HTTP %i is rejected', (http) => {
    expect(outcomeOf(answer(http))).toBe('rejected');
  });

  it.each([418, 429])('a bare HTTP %i is turned away', (http) => {
    expect(outcomeOf(answer(http))).toBe('turned_away');
  });

  it.each([
    [400, -9999],
    [200, -4242],
    [400, -1199],
  ])('a code that we do not know (HTTP %i, %i) proves nothing', (http, code) => {
    expect(outcomeOf(answer(http, code))).toBe('unknown');
  });

  it.each(['timeout', 'ECONNRESET', 'UND_ERR_SOCKET', 'unreadable_body', 'UND_ERR_BODY_TIMEOUT'])(
    '%s after the bytes left is unknown',
    (cause) => {
      expect(classifyBinanceSubmit({ sent: true, cause })).toEqual({ outcome: 'unknown', cause, venueSaidUnknown: false });
    },
  );

  it('is not sent only when no byte left', () => {
    expect(outcomeOf({ sent: false, cause: 'ECONNREFUSED' })).toBe('not_sent');
  });

  it('a duplicate id is our own earlier order: looked up, not refused', () => {
    expect(classifyBinanceSubmit(answer(400, -2010, 'Duplicate order sent.'))).toEqual({
      outcome: 'unknown',
      cause: 'duplicate_client_order_id',
      venueSaidUnknown: false,
    });
  });

  it('tells an empty account from other refusals, in words a user can act on', () => {
    expect(classifyBinanceSubmit(answer(400, -2010, 'Account has insufficient balance for requested action.'))).toEqual({
      outcome: 'rejected',
      reason: 'venue.insufficient_balance',
      message:
        'The exchange answered "Account has insufficient balance for requested action." (-2010). Nothing was ordered. The account has too little of the asset that pays for the order.',
    });
  });

  it('asks for the clock on -1021 and keeps Retry-After', () => {
    expect(classifyBinanceSubmit(answer(400, -1021))).toMatchObject({ resyncClock: true });
    expect(classifyBinanceSubmit({ ...answer(429, -1003), retryAfterMs: 7_000 })).toMatchObject({ retryAfterMs: 7_000 });
  });
});

describe('a look-up that failed', () => {
  it('proves absence by -2013 alone', () => {
    expect(classifyBinanceLookup(answer(400, -2013, 'Order does not exist.')).outcome).toBe('absent');
    for (const failure of [
      answer(400, -1100),
      answer(404),
      answer(503),
      answer(429, -1003),
      { sent: true, cause: 'timeout' },
      { sent: false, cause: 'ECONNREFUSED' },
    ]) {
      expect(classifyBinanceLookup(failure).outcome).toBe('unavailable');
    }
  });

  it('tells a key that no longer works from a venue that is away', () => {
    for (const code of [-2008, -2014, -2015]) expect(classifyBinanceLookup(answer(401, code)).outcome).toBe('refused');
  });
});

describe('docs/outcomes.md', () => {
  const document = readFileSync(new URL('../../../docs/outcomes.md', import.meta.url), 'utf8');
  const rowsOf = (title: string): ReadonlyMap<string, string> => {
    const section = document.split(/^## /m).find((one) => one.startsWith(title)) ?? '';
    const rows = [...section.matchAll(/^\| `(-?\d+)` +\|(?:.*\|)? (rejected|turned away|unknown) +\|/gm)];
    return new Map(rows.map(([, code = '', outcome = '']) => [code, outcome.replace(' ', '_')]));
  };
  const tableOf = (rules: Readonly<Record<number, CodeRule>>) =>
    new Map(Object.entries(rules).map(([code, { outcome }]) => [code, outcome]));

  it.each([
    ['Binance spot, new order: by code', binanceSpotTable.codes],
    ['Binance spot, new order: by HTTP status', binanceSpotTable.statuses],
    ['Binance USDM, new order: by code', usdmTable.codes],
    ['Binance USDM, new order: by HTTP status', usdmTable.statuses],
  ])('%s: names every row of the table with its outcome, and no other', (title, rules) => {
    expect(rowsOf(title)).toEqual(tableOf(rules));
  });
});
