import { describe, expect, it } from 'vitest';
import { classifyBinanceSubmit, classifyUsdmSubmit } from './classify-binance.js';
import type { AttemptOutcome } from './outcome.js';

type Expected = 'rejected' | 'turned_away' | 'unknown';
type Row = readonly [code: number, http: number, spot: Expected, usdm: Expected, words?: string];

/**
 * Every code of exchange-facts.md 3.5, as an answer to a new order on either market. Codes that the table gives to one market, or to another
 * kind of request, prove nothing where they are not expected.
 */
const facts: readonly Row[] = [
  [-1000, 500, 'unknown', 'unknown'],
  [-1001, 503, 'unknown', 'unknown', 'Internal error; disconnected.'],
  [-1001, 503, 'unknown', 'turned_away', 'Internal error; unable to process your request. Please try again.'],
  [-1003, 429, 'turned_away', 'turned_away'],
  [-1003, 418, 'turned_away', 'turned_away'],
  [-1006, 500, 'unknown', 'unknown'],
  [-1007, 408, 'unknown', 'unknown'],
  [-1008, 503, 'turned_away', 'turned_away'],
  [-1013, 400, 'rejected', 'rejected', 'Filter failure: LOT_SIZE'],
  [-1013, 400, 'rejected', 'rejected', 'Filter failure: NOTIONAL'],
  [-1015, 429, 'turned_away', 'turned_away'],
  [-1021, 400, 'turned_away', 'turned_away'],
  [-1022, 400, 'rejected', 'rejected'],
  [-1100, 400, 'rejected', 'rejected'],
  [-1102, 400, 'rejected', 'rejected'],
  [-1104, 400, 'rejected', 'rejected'],
  [-1106, 400, 'rejected', 'rejected'],
  [-1111, 400, 'rejected', 'rejected'],
  [-1121, 400, 'rejected', 'rejected'],
  [-2008, 401, 'rejected', 'rejected'],
  [-2010, 400, 'rejected', 'rejected', 'Account has insufficient balance for requested action.'],
  [-2010, 400, 'unknown', 'unknown', 'Duplicate order sent.'],
  [-2010, 400, 'rejected', 'rejected', 'Market is closed.'],
  [-2010, 400, 'rejected', 'rejected', 'Order would immediately match and take.'],
  [-2010, 400, 'rejected', 'rejected', 'Stop price would trigger immediately.'],
  [-2010, 400, 'rejected', 'rejected', 'This symbol is not permitted for this account.'],
  [-2011, 400, 'unknown', 'unknown'],
  [-2013, 400, 'unknown', 'unknown'],
  [-2014, 401, 'rejected', 'rejected'],
  [-2015, 401, 'rejected', 'rejected'],
  [-2018, 400, 'unknown', 'rejected'],
  [-2019, 400, 'unknown', 'rejected'],
  [-2020, 400, 'unknown', 'rejected'],
  [-2021, 400, 'unknown', 'rejected'],
  [-2022, 400, 'unknown', 'rejected'],
  [-2025, 400, 'unknown', 'rejected'],
  [-2026, 400, 'unknown', 'unknown'],
  [-2027, 400, 'unknown', 'rejected'],
  [-2028, 400, 'unknown', 'rejected'],
  [-4003, 400, 'unknown', 'rejected'],
  [-4028, 400, 'unknown', 'rejected'],
  [-4046, 400, 'unknown', 'unknown'],
  [-4047, 400, 'unknown', 'unknown'],
  [-4048, 400, 'unknown', 'unknown'],
  [-4059, 400, 'unknown', 'unknown'],
  [-4061, 400, 'unknown', 'turned_away'],
  [-4067, 400, 'unknown', 'unknown'],
  [-4068, 400, 'unknown', 'unknown'],
  [-4116, 400, 'unknown', 'unknown'],
  [-4120, 400, 'unknown', 'rejected'],
  [-4131, 400, 'unknown', 'turned_away'],
  [-4164, 400, 'unknown', 'rejected'],
  [-4400, 400, 'unknown', 'rejected'],
  [-5022, 400, 'unknown', 'rejected'],
];

/** Another attempt may follow at once only where the venue proved that it took nothing. */
const safeAtOnce = ({ outcome }: AttemptOutcome): boolean => outcome === 'turned_away' || outcome === 'not_sent';

describe('every code that is known of Binance', () => {
  it.each(facts.map((row) => ({ row, name: `${row[0]} (HTTP ${row[1]}) ${row[4] ?? ''}` })))('$name', ({ row }) => {
    const [code, http, spot, usdm, message = 'words of the venue'] = row;
    const failure = { sent: true, http, code, message, cause: `http_${http}` };
    expect(classifyBinanceSubmit(failure).outcome).toBe(spot);
    expect(classifyUsdmSubmit(failure).outcome).toBe(usdm);
  });

  it('is sent again at once only where nothing was taken, by the same facts', () => {
    // The table's column "accepted?": these alone say "no" together with a retry.
    const retried = new Set([-1001, -1003, -1008, -1015, -1021, -4061, -4131]);
    for (const [code, http, , , message = ''] of facts) {
      const failure = { sent: true, http, code, message, cause: `http_${http}` };
      for (const outcome of [classifyBinanceSubmit(failure), classifyUsdmSubmit(failure)])
        if (safeAtOnce(outcome)) expect(retried).toContain(code);
    }
  });

  it('a duplicate is our own order, and not the venue’s doubt', () => {
    expect(classifyUsdmSubmit({ sent: true, http: 400, code: -4116, cause: 'http_400' })).toEqual({
      outcome: 'unknown',
      cause: 'duplicate_client_order_id',
      venueSaidUnknown: false,
    });
  });
});

describe("USDM's HTTP 503", () => {
  const of = (message?: string) => classifyUsdmSubmit({ sent: true, http: 503, cause: 'http_503', ...(message && { message }) });

  it('is unknown where the venue says so, or says nothing', () => {
    for (const answer of [of('Unknown error, please check your request or try again later.'), of(), of('Bad gateway')])
      expect(answer).toMatchObject({ outcome: 'unknown', venueSaidUnknown: true });
  });

  it.each(['Service Unavailable.', 'Internal error; unable to process your request. Please try again.'])(
    '"%s" is a failure, and safe to send again',
    (words) => {
      expect(of(words)).toMatchObject({ outcome: 'turned_away', reason: 'venue.overloaded' });
    },
  );

  it('proves nothing on spot, whatever it says', () => {
    for (const message of ['Service Unavailable.', 'Internal error; unable to process your request. Please try again.'])
      expect(classifyBinanceSubmit({ sent: true, http: 503, message, cause: 'http_503' }).outcome).toBe('unknown');
  });
});
