import { afterAll, describe, expect, it } from 'vitest';
import { venueInMemory, type Seen } from '../testing/venue-in-memory.js';

type Venue = ReturnType<typeof venueInMemory>;
type Provoke = (venue: Venue) => Promise<Seen>;
type Row = {
  readonly code: number;
  readonly status: number;
  readonly words: RegExp;
  /** A request that the venue answers with it; absent: nothing that a client sends can, so fault `venue-error` plays it. */
  readonly by?: Provoke;
};

const limit = { type: 'LIMIT', timeInForce: 'GTC', price: '59000', quantity: '0.01' };
const stop = { side: 'SELL', type: 'STOP_LOSS', quantity: '0.01' };
const permissionCheck = '/sapi/v1/account/apiRestrictions';
const waiting = (venue: Venue) => venue.order({ ...limit, newClientOrderId: 'waiting' });
const quantity =
  (of: string): Provoke =>
  (venue) =>
    venue.order({ quantity: of });
const small = { limits: { weightPerMinute: 1, ignoredBeforeBan: 1, orders: { per10Seconds: 1, perDay: 1 } } };
const pings = async (count: number): Promise<Seen> => {
  const venue = venueInMemory(small);
  for (let sent = 1; sent < count; sent += 1) await venue.raw('GET', '/api/v3/ping', {});
  return venue.raw('GET', '/api/v3/ping', {});
};
const asKey = (apiKey: string, secret = 's') => ({ apiKey, secret });

/** `exchange-facts.md` 3.5, row by row, as spot answers; several rows where one code has several causes. */
const spot: readonly Row[] = [
  { code: -1000, status: 500, words: /unknown error/ },
  { code: -1001, status: 503, words: /Internal error/ },
  { code: -1003, status: 429, words: /Too much request weight/, by: () => pings(2) },
  { code: -1003, status: 418, words: /IP banned until/, by: () => pings(3) },
  { code: -1006, status: 500, words: /execution status unknown/i },
  { code: -1007, status: 408, words: /Send status unknown; execution status unknown/ },
  { code: -1008, status: 503, words: /overloaded/ },
  { code: -1013, status: 400, words: /^Filter failure: LOT_SIZE$/, by: quantity('0.000011') },
  { code: -1013, status: 400, words: /^Filter failure: MARKET_LOT_SIZE$/, by: quantity('121') },
  { code: -1013, status: 400, words: /^Filter failure: NOTIONAL$/, by: quantity('0.00001') },
  {
    code: -1013,
    status: 400,
    words: /^Filter failure: PRICE_FILTER$/,
    by: (venue) => venue.order({ ...limit, price: '59000.001' }),
  },
  { code: -1013, status: 400, words: /^Filter failure: PERCENT_PRICE/, by: (venue) => venue.order({ ...limit, price: '1000' }) },
  { code: -1013, status: 400, words: /^Invalid quantity\.$/, by: quantity('0') },
  { code: -1013, status: 400, words: /^Invalid price\.$/, by: (venue) => venue.order({ ...limit, price: '0' }) },
  {
    code: -1015,
    status: 429,
    words: /Too many new orders/,
    by: async () => {
      const venue = venueInMemory({ limits: { orders: small.limits.orders } });
      await waiting(venue);
      return waiting(venue);
    },
  },
  { code: -1021, status: 400, words: /outside of the recvWindow/, by: (venue) => venue.order({ ...limit, timestamp: 1 }) },
  {
    code: -1021,
    status: 400,
    words: /ahead of the server/,
    by: (venue) => venue.order({ ...limit, timestamp: venue.clock.now() + 60_000 }),
  },
  { code: -1022, status: 400, words: /Signature/, by: (venue) => venue.order(limit, asKey('k'.repeat(64), 'wrong')) },
  { code: -1100, status: 400, words: /Illegal characters/, by: (venue) => venue.order({ ...limit, newClientOrderId: 'a b' }) },
  {
    code: -1102,
    status: 400,
    words: /Mandatory parameter 'quantity'/,
    by: (venue) => venue.order({ type: 'LIMIT', price: '59000', timeInForce: 'GTC' }),
  },
  { code: -1104, status: 400, words: /Not all sent parameters/, by: (venue) => venue.order({ ...limit, colour: 'red' }) },
  { code: -1106, status: 400, words: /sent when not required/, by: (venue) => venue.order({ quantity: '0.01', price: '1' }) },
  { code: -1111, status: 400, words: /too much precision/, by: quantity('0.010000001') },
  { code: -1121, status: 400, words: /Invalid symbol/, by: (venue) => venue.order({ ...limit, symbol: 'NONEUSDT' }) },
  { code: -2008, status: 401, words: /Invalid Api-Key ID/ },
  { code: -2010, status: 400, words: /insufficient balance/, by: quantity('100') },
  { code: -2010, status: 400, words: /Duplicate order sent/, by: async (venue) => (await waiting(venue), waiting(venue)) },
  {
    code: -2010,
    status: 400,
    words: /immediately match and take/,
    by: (venue) => venue.order({ type: 'LIMIT_MAKER', price: '61000', quantity: '0.01' }),
  },
  { code: -2010, status: 400, words: /trigger immediately/, by: (venue) => venue.order({ ...stop, stopPrice: '61000' }) },
  {
    code: -2011,
    status: 400,
    words: /Unknown order sent/,
    by: (venue) => venue.signed('DELETE', '/api/v3/order', { symbol: 'BTCUSDT', orderId: 1 }),
  },
  { code: -2013, status: 400, words: /Order does not exist/, by: (venue) => venue.lookUp('nothing') },
  { code: -2014, status: 401, words: /format invalid/, by: (venue) => venue.order(limit, asKey('no key')) },
  {
    code: -2015,
    status: 401,
    words: /Invalid API-key, IP, or permissions/,
    by: (venue) => venue.order(limit, asKey('x'.repeat(64))),
  },
  {
    code: -2015,
    status: 401,
    words: /Invalid API-key, IP, or permissions/,
    by: (venue) => {
      venue.openAccount({ apiKey: 'reader', apiSecret: 's', permissions: { trade: false } });
      return venue.order(limit, asKey('reader'));
    },
  },
  {
    code: -2015,
    status: 401,
    words: /Invalid API-key, IP, or permissions/,
    by: (venue) => venue.signed('GET', permissionCheck, {}, { ip: '203.0.113.9' }),
  },
  { code: -2026, status: 400, words: /archived/ },
];

/** The codes of the same table that only futures have; here they are asked for by fault, in the words of the table of errors. */
const usdmOnly = [
  -2018, -2019, -2020, -2021, -2022, -2025, -2027, -2028, -4003, -4028, -4046, -4047, -4048, -4059, -4061, -4067, -4068, -4116,
  -4120, -4131, -4164, -4400, -5022,
] as const;

/** Every code that the table names, written down once more by hand: a row that is lost above is missed here. */
const named = [
  -1000, -1001, -1003, -1006, -1007, -1008, -1013, -1015, -1021, -1022, -1100, -1102, -1104, -1106, -1111, -1121, -2008, -2010,
  -2011, -2013, -2014, -2015, -2018, -2019, -2020, -2021, -2022, -2025, -2026, -2027, -2028, -4003, -4028, -4046, -4047, -4048,
  -4059, -4061, -4067, -4068, -4116, -4120, -4131, -4164, -4400, -5022,
];

const asked: (code: number) => Provoke = (code) => (venue) => {
  venue.fault({ kind: 'venue-error', params: { code } });
  return venue.order({ quantity: '0.01' });
};

describe('every error code of the table, on spot', () => {
  const provoked = new Set<string>();

  it.each(spot.map((row) => [row.code, row.status, row.words.source, row] as const))(
    '%i with HTTP %i, %s',
    async (code, status, _words, { words, by }) => {
      const venue = venueInMemory();
      const before = venue.book().length;
      const seen = await (by ?? asked(code))(venue);
      expect(seen).toMatchObject({ status, body: { code, msg: expect.stringMatching(words) } });
      expect(Object.keys(seen === 'cut' ? {} : seen.body)).toEqual(['code', 'msg']);
      expect(venue.book().filter(({ clientOrderId }) => clientOrderId !== 'waiting')).toHaveLength(before);
      provoked.add(`${code} ${by === undefined ? 'by fault' : 'by request'}`);
    },
  );

  it.each(usdmOnly)('%i, which only futures give, can be asked for', async (code) => {
    const venue = venueInMemory();
    expect(await asked(code)(venue)).toMatchObject({ status: 400, body: { code, msg: expect.not.stringMatching(/^Error/) } });
    expect(venue.book()).toEqual([]);
    provoked.add(`${code} by fault`);
  });

  it('leaves no code of the table out', () => {
    const covered = new Set<number>([...spot.map(({ code }) => code), ...usdmOnly]);
    expect([...covered].sort((a, b) => b - a)).toEqual([...named].sort((a, b) => b - a));
  });

  afterAll(() => {
    const byRequest = [...provoked].filter((line) => line.endsWith('request')).length;
    process.stdout.write(`Binance error codes: ${byRequest} by request, ${provoked.size - byRequest} by fault\n`);
  });
});
