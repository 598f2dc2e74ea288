import { signPurpose, type ExchangeName, type MarketType, type SignItem } from '@latchkey/contracts';
import { fc } from '@latchkey/testkit';
import { describe, expect, it } from 'vitest';
import { namedClasses } from '../../testing/named-classes.js';
import { binanceMeaning, bybitMeaning, type Meaning } from '../../testing/strict-meaning.js';
import { nowMs, strings } from '../../testing/strings-to-judge.js';

const window = `timestamp=${nowMs}&recvWindow=5000`;

/** Every example of the threat model that is signed. */
const allowed = namedClasses
  .filter(({ example }) => example !== undefined)
  .map(({ exchange, marketType, purpose, example = '' }) => {
    const { clientOrderId, judge } = strings(exchange, marketType);
    const payload = example.replace('{id}', clientOrderId).replace('{window}', window).replace('{ms}', String(nowMs));
    return { exchange, marketType, purpose, payload, clientOrderId, judge };
  });
type Allowed = (typeof allowed)[number];

const meaningOf = (exchange: ExchangeName, payload: string): Meaning =>
  exchange === 'binance' ? binanceMeaning(payload) : bybitMeaning(payload);

type Rules = Readonly<Record<string, readonly unknown[] | RegExp>>;

/** What may be said for a purpose, by name: exact values, or a form in which nothing but a name or a number can stand. */
const may = (exchange: ExchangeName, marketType: MarketType, purpose: SignItem['purpose'], id: string): Rules => {
  const amount = /^\d{1,20}(?:\.\d{1,18})?$/;
  const order: Rules =
    exchange === 'binance'
      ? {
          symbol: /^(?:[A-Z0-9]|%[89A-F][0-9A-F])+$/,
          side: ['BUY', 'SELL'],
          type: ['MARKET'],
          newClientOrderId: [id],
          newOrderRespType: marketType === 'spot' ? ['FULL'] : ['ACK', 'RESULT'],
          quantity: amount,
          ...(marketType === 'spot'
            ? { quoteOrderQty: amount }
            : { positionSide: ['BOTH', 'LONG', 'SHORT'], reduceOnly: ['true'] }),
        }
      : {
          symbol: /^[A-Z0-9]{2,30}$/,
          side: ['Buy', 'Sell'],
          orderType: ['Market'],
          category: [marketType],
          qty: amount,
          orderLinkId: [id],
          ...(marketType === 'spot' ? { marketUnit: ['baseCoin', 'quoteCoin'] } : { positionIdx: [0, 1, 2], reduceOnly: [true] }),
        };
  const look: Rules = {
    symbol: order['symbol']!,
    orderId: /^[0-9a-f-]{1,36}$/,
    limit: /^[1-9]\d{0,3}$/,
    ...(exchange === 'binance'
      ? { origClientOrderId: /^[A-Za-z0-9._:-]{1,36}$/, ...(marketType === 'spot' && { omitZeroBalances: ['true', 'false'] }) }
      : {
          category: [marketType],
          orderLinkId: /^[0-9a-f]{32}-[a-z0-9]{2}$/,
          accountType: ['UNIFIED'],
          coin: /^[A-Z0-9]{1,20}$/,
        }),
  };
  // Which positions a key that trades futures has: one exact question.
  const aboutKey: Rules = exchange === 'bybit' && marketType === 'linear' ? { category: ['linear'], symbol: ['BTCUSDT'] } : {};
  const leverage = /^(?:[1-9]|[1-9]\d|1[01]\d|12[0-5])$/;
  const setting: Rules =
    exchange === 'binance'
      ? { symbol: order['symbol']!, leverage }
      : { symbol: order['symbol']!, category: [marketType], buyLeverage: leverage, sellLeverage: leverage };
  const rules: Readonly<Record<SignItem['purpose'], Rules>> = {
    open: order,
    close: order,
    verify: aboutKey,
    read: look,
    cancel: look,
    configure: setting,
    stream: { apiKey: ['{apiKey}'] },
  };
  return rules[purpose];
};

/** That a signed string says nothing but what its purpose allows, to us and to a parser that forgives everything. */
const expectAllowed = ({ exchange, marketType, clientOrderId }: Allowed, purpose: SignItem['purpose'], payload: string): void => {
  const { timestamp, recvWindow, fields } = meaningOf(exchange, payload);
  expect(Math.abs(Number(timestamp) - nowMs)).toBeLessThanOrEqual(3_000);
  expect([timestamp.length, Number(recvWindow) >= 1 && Number(recvWindow) <= 5_000]).toEqual([13, true]);
  const rules = may(exchange, marketType, purpose, clientOrderId);
  for (const [name, value] of fields) {
    const rule = rules[name];
    expect(rule instanceof RegExp ? typeof value === 'string' && rule.test(value) : rule?.includes(value), name).toBe(true);
  }
  const content = exchange === 'binance' ? payload : payload.slice(`${timestamp}{apiKey}${recvWindow}`.length);
  const forgiving = content.startsWith('{')
    ? Object.entries(JSON.parse(content) as object)
    : [...new URLSearchParams(content)].filter(([name]) => name !== 'timestamp' && name !== 'recvWindow');
  expect(forgiving).toEqual(fields.map(([name, value]) => [name, typeof value === 'string' ? decodeURIComponent(value) : value]));
};

const alphabet = [
  ...'{}[]",:;&=%?#+ \n\r\t\\/._-0159aAzZ'.split(''),
  '%26',
  '%3D',
  '%2526',
  '%00',
  '%0A',
  '%C0%A6',
  '%EF%BC%86',
  '%E2%80%A8',
  '\u0000',
  '\u200b',
  '\ufeff',
  'é',
  '＆',
  'ı',
  'ſ',
  'K',
  'а',
  '\ud83d',
  '&side=BUY',
  '&coin=BTC&address=x&amount=1',
  '&symbol=ETHUSDT',
  '&Symbol=ETHUSDT',
  '&apiKey=x',
  '&signature=x',
  '&recvWindow=60000',
  '"coin":"BTC",',
  ',"mode":3',
  ',"qty":"9"',
  ',"Qty":"9"',
  '"__proto__":{},',
  String.raw`\u0071`,
  '1e3',
  '-0',
  '1.0',
  'null',
  'GET/realtime',
];
const caseSwapped = (text: string): string => (text === text.toUpperCase() ? text.toLowerCase() : text.toUpperCase());

type Mutation = (payload: string, i: number, j: number, put: string) => string;
const mutations: readonly Mutation[] = [
  (payload, i, _j, put) => payload.slice(0, i) + put + payload.slice(i),
  (payload, i, j, put) => payload.slice(0, i) + put + payload.slice(i + (j % 9)),
  (payload, i, j) => payload.slice(0, i) + payload.slice(i + 1 + (j % 12)),
  (payload, i, j) => payload.slice(0, i) + payload.slice(j % payload.length, i) + payload.slice(i),
  (payload, i) => payload.slice(0, i) + caseSwapped(payload.slice(i, i + 1)) + payload.slice(i + 1),
  (payload, i) =>
    `${payload.slice(0, i)}%${payload
      .charCodeAt(i % payload.length)
      .toString(16)
      .toUpperCase()}${payload.slice(i + 1)}`,
  (payload, i) => payload.slice(i) + payload.slice(0, i),
  (payload, i, j) => {
    const parts = payload.split('&');
    [parts[i % parts.length], parts[j % parts.length]] = [parts[j % parts.length]!, parts[i % parts.length]!];
    return parts.join('&');
  },
  (payload, i, j) => {
    const parts = payload.split('&');
    return [...parts.slice(0, i % parts.length), parts[j % parts.length]!, ...parts.slice(i % parts.length)].join('&');
  },
  (payload, _i, j, put) => payload.replaceAll(/\d/g, (digit) => (j % 3 === 0 ? digit : put.slice(0, 1))),
  (payload, _i, _j, put) => payload + put,
  (payload, _i, _j, put) => put + payload,
];

describe('a string that was changed', () => {
  it.each(signPurpose.options)('is refused to %s, or says exactly what may be said', (purpose) => {
    let signed = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(...allowed),
        fc.array(fc.tuple(fc.constantFrom(...mutations), fc.nat(), fc.nat(), fc.constantFrom(...alphabet)), {
          minLength: 1,
          maxLength: 3,
        }),
        (from, steps) => {
          const changed = steps.reduce(
            (text, [mutate, i, j, put]) => mutate(text || ' ', i % (text.length + 1), j, put),
            from.payload,
          );
          if (from.judge(purpose, changed) !== undefined) return;
          signed += 1;
          expectAllowed(from, purpose, changed);
        },
      ),
      { numRuns: 6_000 },
    );
    // Some are still what is allowed: the spec looks at strings that are signed, too.
    if (allowed.some((one) => one.purpose === purpose)) expect(signed).toBeGreaterThan(0);
  });

  it.each(allowed)('is held against what was not: $exchange $marketType to $purpose', (one) => {
    expect(one.judge(one.purpose, one.payload)).toBeUndefined();
    expectAllowed(one, one.purpose, one.payload);
  });
});
