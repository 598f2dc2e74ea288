import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bybitCodes, bybitStatuses } from './bybit-codes.js';
import { bybitPauseMs, classifyBybitLookup, classifyBybitSubmit } from './classify-bybit.js';
import { withPositionMode, type Failure } from './outcome.js';
import { bybitCodeCases as cases } from './testing/bybit-code-rows.js';

const answer = (code?: number, message = 'words of the venue', http = 200): Failure => ({
  sent: true,
  http,
  cause: http === 200 ? 'unreadable_body' : `http_${http}`,
  ...(code !== undefined && { code, message }),
});
const bare = (http: number): Failure => answer(undefined, undefined, http);

describe('a new order that failed', () => {
  it.each(cases)('with %i is %s; sent again: %s', (code, outcome, sendAgain) => {
    const said = classifyBybitSubmit(answer(code));
    expect(said.outcome).toBe(outcome);
    // Whoever proved nothing waits the venue's minute; a duplicate is there to be found.
    if (said.outcome === 'unknown') expect(said.venueSaidUnknown).toBe(sendAgain === 'after proven absence');
  });

  it('has no rule that this spec does not know', () => {
    const known = new Set(cases.map(([code]) => code));
    expect(Object.keys(bybitCodes).filter((code) => !known.has(Number(code)))).toEqual([]);
  });

  it.each([99999, 175003, 20001, 110999])('with %i, which nobody here knows, proves nothing', (code) => {
    expect(classifyBybitSubmit(answer(code))).toEqual({
      outcome: 'unknown',
      cause: `venue_code_${code}`,
      venueSaidUnknown: true,
    });
  });

  it('with code 0 in a body that cannot be read is unknown', () => {
    expect(classifyBybitSubmit(answer(0))).toEqual({ outcome: 'unknown', cause: 'unreadable_body', venueSaidUnknown: false });
  });

  it.each([408, 500, 502, 503, 504, 520, 521, 522, 523, 524, 525, 526, 530])('a bare HTTP %i is unknown by the venue', (http) => {
    expect(classifyBybitSubmit(bare(http))).toEqual({ outcome: 'unknown', cause: `http_${http}`, venueSaidUnknown: true });
  });

  it.each([
    [400, 'rejected'],
    [401, 'rejected'],
    [403, 'turned_away'],
    [404, 'rejected'],
    [409, 'rejected'],
    [418, 'turned_away'],
    [429, 'turned_away'],
    [451, 'rejected'],
  ])('a bare HTTP %i is %s', (http, outcome) => {
    expect(classifyBybitSubmit(bare(http)).outcome).toBe(outcome);
  });

  it.each(['timeout', 'ECONNRESET', 'UND_ERR_SOCKET', 'unreadable_body', 'UND_ERR_BODY_TIMEOUT'])(
    '%s after the bytes left is unknown',
    (cause) => {
      expect(classifyBybitSubmit({ sent: true, cause })).toEqual({ outcome: 'unknown', cause, venueSaidUnknown: false });
    },
  );

  it('is not sent only when no byte left', () => {
    expect(classifyBybitSubmit({ sent: false, cause: 'ECONNREFUSED' })).toMatchObject({ outcome: 'not_sent' });
    expect(classifyBybitSubmit({ sent: false, cause: 'withheld', withheld: 'too late' })).toMatchObject({
      outcome: 'not_sent',
      reason: 'order.withheld',
    });
  });

  it('compares the clock after 10002', () => {
    expect(classifyBybitSubmit(answer(10002))).toMatchObject({ outcome: 'turned_away', resyncClock: true });
  });

  it('learns of the other position mode, a bad size and an unknown symbol from the words of 10001', () => {
    const mismatch = classifyBybitSubmit(answer(10001, 'params error: position idx not match position mode'));
    expect(withPositionMode(mismatch, {})).toMatchObject({ outcome: 'turned_away', positionMode: 'hedge' });
    expect(withPositionMode(mismatch, { positionSide: 'long' })).toMatchObject({ positionMode: 'one_way' });
    expect(classifyBybitSubmit(answer(10001, 'Not supported symbols'))).toMatchObject({
      outcome: 'rejected',
      reason: 'venue.unknown_symbol',
    });
    expect(classifyBybitSubmit(answer(10001, 'Qty invalid'))).toMatchObject({ reason: 'venue.filter_failure' });
    expect(classifyBybitSubmit(answer(110017, 'orderQty will be truncated to zero.'))).toMatchObject({
      reason: 'venue.filter_failure',
    });
    expect(classifyBybitSubmit(answer(10001, 'params error: side'))).toMatchObject({ reason: 'venue.request_malformed' });
  });

  it('says in words what to do', () => {
    expect(classifyBybitSubmit(answer(170131, 'Insufficient balance.'))).toEqual({
      outcome: 'rejected',
      reason: 'venue.insufficient_balance',
      message:
        'The exchange answered "Insufficient balance." (170131). Nothing was ordered. The account has too little of the asset that pays for the order.',
    });
  });
});

describe('a limit', () => {
  const tenMinutes = 600_000;

  it("of one account's endpoint lets that account wait as long as the venue says, and nobody else", () => {
    const failure = { ...answer(10006), retryAfterMs: 700 };
    expect(classifyBybitSubmit(failure)).toMatchObject({ outcome: 'turned_away', retryAfterMs: 700 });
    expect(bybitPauseMs(failure)).toBeUndefined();
  });

  it.each([
    ['HTTP 403', bare(403)],
    ['HTTP 403 with a code', answer(10006, 'access too frequent', 403)],
    ['HTTP 403 that names an early reset', { ...bare(403), retryAfterMs: 100 }],
    ['10018', answer(10018)],
  ])('of our address (%s) lets everybody wait ten minutes', (_what, failure) => {
    expect(classifyBybitSubmit(failure)).toMatchObject({ outcome: 'turned_away', retryAfterMs: tenMinutes });
    expect(bybitPauseMs(failure)).toBe(tenMinutes);
  });

  it('is no limit when the body of a 403 refuses the key', () => {
    const failure = answer(10010, 'Unmatched IP', 403);
    expect(classifyBybitSubmit(failure)).toMatchObject({ outcome: 'rejected', reason: 'venue.key_refused' });
    expect(bybitPauseMs(failure)).toBeUndefined();
  });

  it('of the whole venue (HTTP 429) lets everybody wait a little; a clock that differs lets nobody wait', () => {
    expect(bybitPauseMs(bare(429))).toBe(10_000);
    expect(bybitPauseMs(answer(10002))).toBeUndefined();
    expect(bybitPauseMs({ sent: true, cause: 'timeout' })).toBeUndefined();
  });
});

describe('a look-up that failed', () => {
  it.each([110001, 170213])('is absent by %i', (code) => {
    expect(classifyBybitLookup(answer(code)).outcome).toBe('absent');
  });

  it.each([-2015, 10003, 10004, 10005, 10007, 10010, 33004])('is refused for good by %i', (code) => {
    expect(classifyBybitLookup(answer(code)).outcome).toBe('refused');
  });

  it('proves nothing otherwise', () => {
    const failures = [
      bare(403),
      bare(404),
      bare(503),
      answer(10006),
      answer(10016),
      answer(99999),
      answer(10009),
      answer(10010, 'Unmatched IP', 403),
      { sent: true, cause: 'timeout' },
      { sent: false, cause: 'ECONNREFUSED' },
    ];
    for (const failure of failures) expect(classifyBybitLookup(failure).outcome).toBe('unavailable');
    expect(classifyBybitLookup(bare(401)).outcome).toBe('refused');
  });
});

describe('docs/outcomes.md', () => {
  const document = readFileSync(new URL('../../../docs/outcomes.md', import.meta.url), 'utf8');
  const section = (title: string): string => document.split(/^## /m).find((part) => part.startsWith(title)) ?? '';

  it.each([
    ['Bybit, new order: by code', bybitCodes],
    ['Bybit, new order: by HTTP status', bybitStatuses],
  ] as const)('"%s" is the table that runs, row by row', (title, table) => {
    const written = [...section(title).matchAll(/^\| `(-?\d+)` +\|(?:.* \|)? (rejected|turned away|unknown) +\|/gm)];
    const asWritten = Object.fromEntries(written.map(([, code, outcome]) => [code, outcome]));
    expect(asWritten).toEqual(
      Object.fromEntries(Object.entries(table).map(([code, { outcome }]) => [code, outcome.replace('_', ' ')])),
    );
  });
});
