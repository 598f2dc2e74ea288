import { describe, expect, it } from 'vitest';
import { venueInMemory, type CallOptions, type Seen } from '../../testing/venue-in-memory.js';
import type { Parameters } from '../../testing/signed-client.js';

type Venue = ReturnType<typeof venueInMemory>;

const order = (venue: Venue, about: Parameters = {}, options?: CallOptions): Promise<Seen> =>
  venue.signed('POST', '/fapi/v1/order', { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: '0.01', ...about }, options);
const limit = { type: 'LIMIT', timeInForce: 'GTC', price: '59000' };
const post = (venue: Venue, path: string, about: Parameters): Promise<Seen> => venue.signed('POST', `/fapi/v1/${path}`, about);
const leverage = (venue: Venue, of: number) => post(venue, 'leverage', { symbol: 'BTCUSDT', leverage: of });
const marginType = (venue: Venue, of: string) => post(venue, 'marginType', { symbol: 'BTCUSDT', marginType: of });
const hedge = (venue: Venue, on: boolean) => post(venue, 'positionSide/dual', { dualSidePosition: String(on) });
/** What comes first, then what is refused. */
const after =
  (...steps: readonly ((venue: Venue) => Promise<Seen>)[]) =>
  async (venue: Venue): Promise<Seen> => {
    let seen: Seen = 'cut';
    for (const step of steps) seen = await step(venue);
    return seen;
  };
const asked = (about: Parameters) => (venue: Venue) => order(venue, about);
const waiting = asked({ ...limit, newClientOrderId: 'waiting' });
const held = asked({});

const usdmLimits = { weightPerMinute: 2_400, orders: { per10Seconds: 300, perMinute: 1_200 } };

type Row = {
  readonly code: number;
  readonly words: RegExp;
  readonly by: (venue: Venue) => Promise<Seen>;
  readonly status?: number;
};

/** `exchange-facts.md` 3.5 and the codes of its filters (3.8), as USDM answers: every one by a request that deserves it. */
const rows: readonly Row[] = [
  { code: -1003, status: 429, words: /current limit is 2 request weight/, by: () => pings(3) },
  { code: -1003, status: 418, words: /IP banned until/, by: () => pings(4) },
  { code: -1015, status: 429, words: /current limit is 1 orders per 1 MINUTE/, by: () => tooMany(5, 1) },
  { code: -1015, status: 429, words: /current limit is 1 orders per 10 SECOND/, by: () => tooMany(1, 5) },
  { code: -1021, words: /outside of the recvWindow/, by: asked({ timestamp: 1 }) },
  { code: -1021, words: /ahead of the server/, by: asked({ timestamp: 1_890_000_000_000 }) },
  { code: -1022, words: /Signature/, by: (venue) => order(venue, {}, { secret: 'wrong' }) },
  { code: -1100, words: /'newClientOrderId'; legal range/, by: asked({ newClientOrderId: 'a b' }) },
  { code: -1102, words: /Mandatory parameter 'price'/, by: asked({ type: 'LIMIT', timeInForce: 'GTC' }) },
  {
    code: -1102,
    words: /'origClientOrderId' or 'orderId'/,
    by: (venue) => venue.signed('GET', '/fapi/v1/order', { symbol: 'BTCUSDT' }),
  },
  { code: -1104, words: /Not all sent parameters/, by: asked({ colour: 'red' }) },
  { code: -1106, words: /'price' sent when not required/, by: asked({ price: '1' }) },
  { code: -1106, words: /'timeinforce' sent when not required/, by: asked({ timeInForce: 'GTC' }) },
  {
    code: -1106,
    words: /'reduceonly' sent when not required/,
    by: after((venue) => hedge(venue, true), asked({ positionSide: 'LONG', reduceOnly: 'true' })),
  },
  { code: -1111, words: /Precision is over the maximum/, by: asked({ quantity: '0.01001' }) },
  { code: -1111, words: /Precision is over the maximum/, by: asked({ ...limit, price: '59000.001' }) },
  { code: -1115, words: /Invalid timeInForce/, by: asked({ ...limit, timeInForce: 'GTD' }) },
  { code: -1116, words: /Invalid orderType/, by: asked({ type: 'LIMIT_MAKER' }) },
  { code: -1117, words: /Invalid side/, by: asked({ side: 'LONG' }) },
  { code: -1121, words: /Invalid symbol/, by: asked({ symbol: 'NONEUSDT' }) },
  { code: -1130, words: /'reduceOnly' is not valid/, by: asked({ reduceOnly: 'maybe' }) },
  { code: -1136, words: /newOrderRespType/, by: asked({ newOrderRespType: 'FULL' }) },
  {
    code: -2011,
    words: /Unknown order sent/,
    by: (venue) => venue.signed('DELETE', '/fapi/v1/order', { symbol: 'BTCUSDT', orderId: 1 }),
  },
  {
    code: -2013,
    words: /Order does not exist/,
    by: (venue) => venue.signed('GET', '/fapi/v1/order', { symbol: 'BTCUSDT', origClientOrderId: 'nothing' }),
  },
  { code: -2014, status: 401, words: /format invalid/, by: (venue) => order(venue, {}, { apiKey: 'no key' }) },
  { code: -2015, status: 401, words: /permissions for action/, by: (venue) => asKey(venue, { permissions: { futures: false } }) },
  { code: -2015, status: 401, words: /permissions for action/, by: (venue) => order(venue, {}, { ip: '203.0.113.9' }) },
  {
    code: -2018,
    words: /Balance is insufficient/,
    by: (venue) => asKey(venue, { marketType: 'linear', balances: { USDT: '0' } }),
  },
  { code: -2019, words: /Margin is insufficient/, by: asked({ quantity: '900' }) },
  { code: -2022, words: /ReduceOnly Order is rejected/, by: asked({ reduceOnly: 'true' }) },
  {
    code: -2022,
    words: /ReduceOnly Order is rejected/,
    by: after((venue) => hedge(venue, true), asked({ side: 'SELL', positionSide: 'LONG' })),
  },
  { code: -2025, words: /max open order limit/, by: (venue) => manyOrders(venue, 201) },
  { code: -2027, words: /maximum allowable position/, by: after((venue) => leverage(venue, 125), asked({ quantity: '6' })) },
  { code: -2027, words: /maximum allowable position/, by: after(asked({ quantity: '10' }), (venue) => leverage(venue, 125)) },
  {
    code: -2028,
    words: /Leverage is smaller than permitted/,
    by: after(asked({ quantity: '10' }), (venue) => leverage(venue, 1)),
  },
  { code: -4001, words: /Price less than 0/, by: asked({ ...limit, price: '-1' }) },
  { code: -4002, words: /greater than max price/, by: asked({ ...limit, price: '1000000.1' }) },
  { code: -4003, words: /Quantity less than zero/, by: asked({ quantity: '0' }) },
  { code: -4004, words: /less than min quantity/, by: asked({ quantity: '0.0009' }) },
  { code: -4005, words: /greater than max quantity/, by: asked({ quantity: '1000.001' }) },
  { code: -4013, words: /less than min price/, by: asked({ ...limit, price: '0.01' }) },
  { code: -4014, words: /tick size/, by: asked({ ...limit, price: '59000.05' }) },
  { code: -4015, words: /not be more than 36 chars/, by: asked({ newClientOrderId: 'x'.repeat(37) }) },
  { code: -4016, words: /higher than mark price multiplier cap/, by: asked({ ...limit, price: '63000.1' }) },
  {
    code: -4021,
    words: /'7' is not valid depth limit/,
    by: (venue) => venue.raw('GET', '/fapi/v1/depth', { query: 'symbol=BTCUSDT&limit=7' }),
  },
  { code: -4023, words: /step size/, by: asked({ quantity: '0.0105' }) },
  { code: -4024, words: /lower than mark price multiplier floor/, by: asked({ ...limit, side: 'SELL', price: '56999.9' }) },
  { code: -4028, words: /Leverage 126 is not valid/, by: (venue) => leverage(venue, 126) },
  { code: -4046, words: /No need to change margin type/, by: (venue) => marginType(venue, 'CROSSED') },
  { code: -4047, words: /exists open orders/, by: after(waiting, (venue) => marginType(venue, 'ISOLATED')) },
  { code: -4048, words: /exists position/, by: after(held, (venue) => marginType(venue, 'ISOLATED')) },
  { code: -4059, words: /No need to change position side/, by: (venue) => hedge(venue, false) },
  { code: -4060, words: /Invalid position side/, by: asked({ positionSide: 'UP' }) },
  { code: -4061, words: /does not match user's setting/, by: asked({ positionSide: 'LONG' }) },
  { code: -4061, words: /does not match user's setting/, by: after((venue) => hedge(venue, true), held) },
  { code: -4067, words: /exists open orders/, by: after(waiting, (venue) => hedge(venue, true)) },
  { code: -4068, words: /exists position/, by: after(held, (venue) => hedge(venue, true)) },
  { code: -4116, words: /ClientOrderId is duplicated/, by: after(waiting, waiting) },
  { code: -4120, words: /Algo Order API/, by: asked({ type: 'STOP_MARKET', stopPrice: '50000' }) },
  { code: -4120, words: /Algo Order API/, by: asked({ type: 'TRAILING_STOP_MARKET', callbackRate: '1' }) },
  {
    code: -4131,
    words: /PERCENT_PRICE/,
    by: async (venue) => {
      venue.setMark('BTCUSDT', '60000', '57000');
      return held(venue);
    },
  },
  { code: -4136, words: /closePosition true/, by: asked({ closePosition: 'true' }) },
  {
    code: -4161,
    words: /Isolated Margin Mode with open positions/,
    by: after(
      (venue) => marginType(venue, 'ISOLATED'),
      held,
      (venue) => leverage(venue, 5),
    ),
  },
  { code: -4164, words: /no smaller than 50 /, by: asked({ ...limit, quantity: '0.001', price: '49999' }) },
  { code: -5022, words: /could not be executed as maker/, by: asked({ ...limit, timeInForce: 'GTX', price: '60000' }) },
];

const pings = async (count: number): Promise<Seen> => {
  const venue = venueInMemory({ limits: { ignoredBeforeBan: 1, usdm: { ...usdmLimits, weightPerMinute: 2 } } });
  for (let sent = 1; sent < count; sent += 1) await venue.raw('GET', '/fapi/v1/ping', {});
  return venue.raw('GET', '/fapi/v1/ping', {});
};
const tooMany = (per10Seconds: number, perMinute: number): Promise<Seen> =>
  after(held, held)(venueInMemory({ limits: { usdm: { ...usdmLimits, orders: { per10Seconds, perMinute } } } }));
const asKey = (venue: Venue, about: object): Promise<Seen> => {
  venue.openAccount({ apiKey: 'other', apiSecret: 's', ...about });
  return order(venue, {}, { apiKey: 'other', secret: 's' });
};
const manyOrders = async (venue: Venue, count: number): Promise<Seen> => {
  for (let sent = 1; sent < count; sent += 1) await order(venue, { ...limit, quantity: '0.001' });
  return order(venue, { ...limit, quantity: '0.001' });
};

describe('USDM refuses', () => {
  it.each(rows.map((row) => [row.code, row.words.source, row] as const))(
    '%i %s',
    async (code, _words, { words, status = 400, by }) => {
      const venue = venueInMemory();
      const seen = await by(venue);
      expect(seen).toMatchObject({ status, body: { code, msg: expect.stringMatching(words) } });
      expect(Object.keys(seen === 'cut' ? {} : seen.body)).toEqual(['code', 'msg']);
    },
  );
});
