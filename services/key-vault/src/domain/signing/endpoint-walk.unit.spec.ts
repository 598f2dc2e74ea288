import { signPurpose } from '@latchkey/contracts';
import { describe, expect, it } from 'vitest';
import { namedClasses, namedSets, type NamedClass } from '../../testing/named-classes.js';
import { nowMs, strings } from '../../testing/strings-to-judge.js';
import { binanceEndpoints, bybitEndpoints, endpointsOfTheFacts, type Endpoint } from '../../testing/venue-endpoints.js';

type Fields = ReadonlyMap<string, unknown>;

/** Endpoints that have all they need in these fields, if names that they do not know are passed over wherever that is not ruled out. */
const opened = (endpoints: readonly Endpoint[], fields: Fields, purpose: NamedClass['purpose']): readonly string[] =>
  endpoints
    .filter(({ required, values = {}, otherSymbols, refusedRight, reads }) => {
      const has = (one: string | readonly string[]) =>
        typeof one === 'string' ? fields.has(one) : one.some((name) => fields.has(name));
      const says = ([name, allowed]: readonly [string, readonly string[]]) => allowed.includes(String(fields.get(name)));
      // What a key may do is not known while it is being verified.
      const mayBe = refusedRight === undefined || purpose === 'verify';
      const knowsAll = reads === undefined || [...fields.keys()].every((name) => reads.includes(name));
      return otherSymbols === undefined && mayBe && knowsAll && required.every(has) && Object.entries(values).every(says);
    })
    .map(({ name }) => name)
    .toSorted();

const spot = strings('binance', 'spot');
const window = `timestamp=${nowMs}&recvWindow=5000`;
const market = (respType: string) =>
  `symbol=BTCUSDT&side=SELL&type=MARKET&newClientOrderId=${spot.clientOrderId}&newOrderRespType=${respType}&${window}`;
const futures = (positionSide: string) => `${market('RESULT')}&quantity=1&positionSide=${positionSide}`;
const queryFields = (payload: string): Fields =>
  new Map(payload.split('&').map((pair) => pair.split('=') as [string, string | undefined]));
const queryNames = (payload: string): readonly string[] => [...queryFields(payload).keys()];
const named = (names: readonly string[]): Fields => new Map(names.map((name) => [name, undefined]));

const written = (example: string, id: string): string =>
  example.replace('{id}', id).replace('{window}', window).replace('{ms}', String(nowMs));

/** What the venue reads of a string, and the endpoints that it could be sent to. A query of Bybit is for `GET`, which changes nothing. */
const sentTo = ({ exchange, purpose }: NamedClass, payload: string): readonly string[] => {
  if (exchange === 'binance') return opened(binanceEndpoints, queryFields(payload), purpose);
  const content = payload.replace(/^\d{13}\{apiKey\}\d+/, '');
  if (content === '') return opened(bybitEndpoints, new Map(), purpose);
  return content.startsWith('{') ? opened(bybitEndpoints, new Map(Object.entries(JSON.parse(content) as object)), purpose) : [];
};

describe('the classes of strings that the threat model names', () => {
  const judged = namedClasses.filter(({ example }) => example !== undefined);

  it('are at least one for each exchange, market and purpose, or it says that nothing is signed', () => {
    const expected = ['binance', 'bybit'].flatMap((exchange) =>
      ['linear', 'spot'].flatMap((marketType) => signPurpose.options.map((purpose) => `${exchange} ${marketType} ${purpose}`)),
    );
    const found = namedClasses.map(({ exchange, marketType, purpose }) => `${exchange} ${marketType} ${purpose}`);
    expect([...new Set(found)].toSorted()).toEqual(expected.toSorted());
    expect(namedClasses.filter(({ example }) => example === undefined).every(({ opens }) => opens[0] === 'nothing')).toBe(true);
  });

  it.each(judged)('$exchange $marketType, to $purpose: $example opens what is written there, no more and no less', (one) => {
    const { clientOrderId, judge } = strings(one.exchange, one.marketType);
    const payload = written(one.example ?? '', clientOrderId);
    expect(judge(one.purpose, payload)).toBeUndefined();
    const endpoints = one.opens.flatMap((name) => (name === 'nothing' ? [] : (namedSets.get(name) ?? [name])));
    expect(sentTo(one, payload)).toEqual(endpoints.toSorted());
  });

  it('name no endpoint and no set that is not in the lists or not used', () => {
    const known = new Set([...binanceEndpoints, ...bybitEndpoints].map(({ name }) => name));
    const used = new Set(namedClasses.flatMap(({ opens }) => opens));
    expect([...namedSets.values()].flat().filter((name) => !known.has(name))).toEqual([]);
    expect([...namedSets.keys()].filter((name) => !used.has(name))).toEqual([]);
    expect([...used].filter((name) => name !== 'nothing' && !namedSets.has(name) && !known.has(name))).toEqual([]);
  });
});

describe('the lists of endpoints', () => {
  it('name each one once, and all that our notes on the venues name', () => {
    const names = [...binanceEndpoints, ...bybitEndpoints].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(endpointsOfTheFacts.filter((name) => !names.includes(name))).toEqual([]);
  });
});

describe('a string of Binance that is cut in two: the venue signs a query and a body written one after the other', () => {
  const known = new Set(binanceEndpoints.flatMap(({ required }) => required.flat()));

  it.each([
    `${market('FULL')}&quoteOrderQty=100`,
    `${futures('BOTH')}&reduceOnly=true`,
    futures('LONG'),
    `symbol=BTCUSDT&orderId=1&limit=5&${window}`,
    `symbol=BTCUSDT&origClientOrderId=x&${window}`,
    `symbol=BTCUSDT&leverage=20&${window}`,
  ])('gains no name that an endpoint knows, wherever it is cut (%s)', (payload) => {
    const own = new Set(queryNames(payload));
    for (let at = 1; at < payload.length; at += 1) {
      const names = [...queryNames(payload.slice(0, at)), ...queryNames(payload.slice(at))];
      expect(names.filter((name) => known.has(name) && !own.has(name))).toEqual([]);
    }
  });
});

describe('the walk', () => {
  it('finds a string that withdraws or transfers, if one were signed', () => {
    const withdrawal = named(['coin', 'address', 'amount', 'timestamp']);
    const without = (endpoints: readonly Endpoint[]) => endpoints.map(({ refusedRight: _right, ...one }) => one);
    expect(opened(without(binanceEndpoints), withdrawal, 'open')).toContain('POST /sapi/v1/capital/withdraw/apply');
    expect(opened(without(bybitEndpoints), withdrawal, 'open')).toContain('/v5/asset/withdraw/create');
  });

  it.each([
    [
      'Binance',
      binanceEndpoints,
      [
        ...queryNames(market('FULL')),
        'quantity',
        'quoteOrderQty',
        'orderId',
        'origClientOrderId',
        'limit',
        'omitZeroBalances',
        'reduceOnly',
        'positionSide',
        'leverage',
      ],
    ],
    // Of bodies: the names in queries (an order's id among them) are for GET.
    [
      'Bybit',
      bybitEndpoints,
      'category symbol side orderType qty orderLinkId marketUnit positionIdx reduceOnly buyLeverage sellLeverage'.split(' '),
    ],
  ] as const)('%s: funds and keys need names that no shape has, or nothing at all', (_venue, endpoints, names) => {
    const grave = endpoints
      .filter(({ effect, required }) => (effect === 'moves funds' || effect === 'keys') && required.length > 0)
      .map(({ refusedRight: _right, ...one }) => one);
    expect(grave.length).toBeGreaterThan(10);
    expect(opened(grave, named(names), 'open')).toEqual([]);
  });
});
