import type { MarketType, SignItem } from '@latchkey/contracts';
import { fc } from '@latchkey/testkit';
import { describe, expect, it } from 'vitest';
import { nowMs, purposes, strings } from '../../testing/strings-to-judge.js';

type Purpose = SignItem['purpose'];
type Language = {
  readonly market: ReturnType<typeof strings>;
  readonly signed: Readonly<Partial<Record<Purpose, readonly string[]>>>;
  /** Every string of the language, and little else: written without the grammars, part by part. */
  readonly part: RegExp;
  readonly parts: (payload: string) => readonly string[];
};

const window = `timestamp=${nowMs}&recvWindow=5000`;

const binance = (marketType: MarketType): Language => {
  const market = strings('binance', marketType);
  const id = market.clientOrderId;
  const respType = marketType === 'spot' ? 'FULL' : 'RESULT';
  const order = `symbol=BTCUSDT&side=SELL&newClientOrderId=${id}&newOrderRespType=${respType}&type=MARKET&quantity=0.5&${window}`;
  const looks = [`symbol=BTCUSDT&origClientOrderId=${id}&${window}`, `symbol=BTCUSDT&orderId=28&${window}`];
  const [opening, closing] =
    marketType === 'spot'
      ? [[order], [order]]
      : [
          [`${order}&positionSide=BOTH`, `${order}&positionSide=SHORT`],
          [`${order}&positionSide=BOTH&reduceOnly=true`, `${order}&positionSide=LONG`],
        ];
  const own =
    marketType === 'spot'
      ? 'quoteOrderQty=[0-9.]+|omitZeroBalances=(true|false)|apiKey=\\{apiKey\\}'
      : 'reduceOnly=true|positionSide=(BOTH|LONG|SHORT)|leverage=([1-9]|[1-9][0-9]|1[01][0-9]|12[0-5])';
  return {
    market,
    signed: {
      verify: [window],
      open: opening,
      close: closing,
      read: [window, ...looks],
      cancel: looks,
      ...(marketType === 'linear' && { configure: [`symbol=BTCUSDT&leverage=20&${window}`] }),
      ...(marketType === 'spot' && { stream: [`apiKey={apiKey}&recvWindow=5000&timestamp=${nowMs}`] }),
    },
    part: new RegExp(
      `^(symbol=([A-Z0-9]|%[89A-F][0-9A-F])+|side=(BUY|SELL)|type=MARKET|quantity=[0-9.]+|newClientOrderId=${id}|newOrderRespType=(ACK|RESULT|FULL)|origClientOrderId=[A-Za-z0-9._:-]{1,36}|orderId=[0-9]{1,19}|limit=[0-9]{1,4}|timestamp=[0-9]{13}|recvWindow=[0-9]{1,4}|${own})$`,
    ),
    parts: (payload) => payload.split('&'),
  };
};

const bybit = (marketType: MarketType): Language => {
  const market = strings('bybit', marketType);
  const id = market.clientOrderId;
  const at = (content: string): string => `${nowMs}{apiKey}5000${content}`;
  const order = { symbol: 'BTCUSDT', side: 'Sell', orderType: 'Market', category: marketType, qty: '0.5', orderLinkId: id };
  const body = (more: object): string => at(JSON.stringify({ ...order, ...more }));
  const [opening, closing] =
    marketType === 'spot'
      ? [{ marketUnit: 'baseCoin' }, { marketUnit: 'baseCoin' }]
      : [{ positionIdx: 2 }, { reduceOnly: true, positionIdx: 1 }];
  const query = `category=${marketType}&symbol=BTCUSDT`;
  const own =
    marketType === 'spot'
      ? '"marketUnit":"(base|quote)Coin"'
      : '"reduceOnly":true|"positionIdx":[012]|"(buy|sell)Leverage":"([1-9]|[1-9][0-9]|1[01][0-9]|12[0-5])"';
  return {
    market,
    signed: {
      verify: [at('')],
      open: [body(opening)],
      close: [body(closing)],
      ...(marketType === 'linear' && {
        configure: [at('{"symbol":"BTCUSDT","buyLeverage":"20","sellLeverage":"20","category":"linear"}')],
      }),
      read: [at(`${query}&orderLinkId=${id}`), at(`${query}&orderId=24920bdb-4019-4e37-ad1c-876e3a855ac3&limit=50`)],
    },
    part: new RegExp(
      `^("symbol":"[A-Z0-9]+"|"side":"(Buy|Sell)"|"orderType":"Market"|"category":"${marketType}"|"qty":"[0-9.]+"|"orderLinkId":"${id}"|${own}|category=${marketType}|symbol=[A-Z0-9]+|orderLinkId=[0-9a-f]{32}-[a-z0-9]{2}|orderId=[0-9a-f-]{1,36}|limit=[0-9]{1,4})$`,
    ),
    parts: (payload) => {
      const content = payload.replace(/^\d{13}\{apiKey\}[1-9]\d{0,3}/, '');
      if (content === '') return [];
      return content.startsWith('{') ? content.replace(/^\{(.*)\}$/, '$1').split(',') : content.split('&');
    },
  };
};

const languages: readonly [string, Language][] = [
  ['Binance spot', binance('spot')],
  ['Binance linear', binance('linear')],
  ['Bybit spot', bybit('spot')],
  ['Bybit linear', bybit('linear')],
];

const nameOf = (part: string): string => part.split(/[=:]/)[0] ?? '';

describe.each(languages)('on %s', (_name, { market, signed, part, parts }) => {
  const good = purposes.flatMap((purpose) => (signed[purpose] ?? []).map((payload) => ({ purpose, payload })));
  const isSigned = (purpose: Purpose, payload: string): boolean => market.judge(purpose, payload) === undefined;
  /** Nothing but known parts, none of them twice. */
  const expectInLanguage = (payload: string): void => {
    const found = parts(payload);
    for (const one of found) expect(one).toMatch(part);
    expect(new Set(found.map(nameOf)).size).toBe(found.length);
  };

  it.each(good)('a string of the language is signed, to $purpose', ({ purpose, payload }) => {
    expect(isSigned(purpose, payload)).toBe(true);
    expectInLanguage(payload);
  });

  it('each string is signed for what it was made for and nothing else; a sell on spot opens as well as closes', () => {
    for (const { purpose: made, payload } of good) {
      for (const purpose of purposes) {
        const also = signed[purpose]?.includes(payload) ?? false;
        const spotSell =
          made === 'close' && purpose === 'open' && !payload.includes('reduce') && !payload.includes('positionSide');
        expect(isSigned(purpose, payload), `${purpose}: ${payload}`).toBe(also || spotSell);
      }
    }
  });

  it('no string at all is signed', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...purposes),
        fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.json()),
        (purpose, payload) => {
          expect(isSigned(purpose, payload)).toBe(false);
          expect(isSigned(purpose, `${nowMs}{apiKey}5000${payload || '0'}`)).toBe(false);
        },
      ),
    );
  });

  it('a string that was changed anywhere is refused, or still says nothing but what the language has', () => {
    const alphabet = [
      ...'{}[]",:&=%?#+ \n\\/._-0159aZ'.split(''),
      '%26',
      '&side=BUY',
      '"coin":"BTC",',
      '&coin=BTC',
      ',"mode":3',
      '\u0000',
      'é',
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...good),
        fc.nat(),
        fc.nat(12),
        fc.oneof(fc.constantFrom(...alphabet), fc.string({ maxLength: 3 })),
        ({ purpose, payload }, where, cut, put) => {
          const start = where % (payload.length + 1);
          const changed = payload.slice(0, start) + put + payload.slice(start + cut);
          if (isSigned(purpose, changed)) expectInLanguage(changed);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('a string with a part repeated, taken away or moved behind another is refused, or says the same', () => {
    fc.assert(
      fc.property(fc.constantFrom(...good), fc.nat(), fc.nat(), ({ purpose, payload }, i, j) => {
        const found = parts(payload);
        const [one, other] = [found[i % found.length], found[j % found.length]];
        if (one === undefined || other === undefined) return;
        for (const changed of [
          payload.replace(one, ''),
          payload.replace(one, `${one},${one}`),
          payload.replace(one, `${one}&${one}`),
          payload.replace(one, other),
        ]) {
          if (isSigned(purpose, changed)) expectInLanguage(changed);
        }
      }),
    );
  });
});
