import type { SignItem } from '@latchkey/contracts';
import { describe, expect, it } from 'vitest';
import { nowMs, strings } from '../../testing/strings-to-judge.js';
import { binanceEndpoints, bybitEndpoints, type Endpoint } from '../../testing/venue-endpoints.js';

type Names = ReadonlySet<string>;

/** Endpoints that have all they need in a string of these names, if names that they do not know are passed over wherever that is not ruled out. */
const opened = (endpoints: readonly Endpoint[], names: Names, purpose: SignItem['purpose']): readonly string[] =>
  endpoints
    .filter(({ required, otherSymbols, refusedRight, reads }) => {
      const has = (one: string | readonly string[]) =>
        typeof one === 'string' ? names.has(one) : one.some((name) => names.has(name));
      // What a key may do is not known while it is being verified.
      const mayBe = refusedRight === undefined || purpose === 'verify';
      const knowsAll = reads === undefined || [...names].every((name) => reads.includes(name));
      return otherSymbols === undefined && mayBe && knowsAll && required.every(has);
    })
    .map(({ name }) => name)
    .toSorted();

const spot = strings('binance', 'spot');
const usdm = strings('binance', 'linear');
const bybit = { spot: strings('bybit', 'spot'), linear: strings('bybit', 'linear') };
const window = `timestamp=${nowMs}&recvWindow=5000`;
const market = (respType: string) =>
  `symbol=BTCUSDT&side=SELL&type=MARKET&newClientOrderId=${spot.clientOrderId}&newOrderRespType=${respType}&${window}`;
const futures = (positionSide: string) => `${market('RESULT')}&quantity=1&positionSide=${positionSide}`;
const queryNames = (payload: string): Names => new Set(payload.split('&').map((pair) => pair.split('=')[0] ?? ''));

// What needs nothing at all is open to every string.
const anyBinance = [
  'DELETE /sapi/v1/margin/apiKey',
  'DELETE /sapi/v1/margin/loan-group',
  'DELETE /sapi/v1/portfolio/margin-call-level',
  'POST /fapi/v1/stock/contract',
  'POST /sapi/v1/account/disableFastWithdrawSwitch',
  'POST /sapi/v1/account/enableFastWithdrawSwitch',
  'POST /sapi/v1/bnbBurn',
  'POST /sapi/v1/broker/subAccount',
  'POST /sapi/v1/margin/exit-special-key-mode',
  'POST /sapi/v1/portfolio/auto-collection',
  'POST /sapi/v1/portfolio/repay',
  'POST /sapi/v1/portfolio/repay-futures-negative-balance',
  'POST /sapi/v1/sol-staking/sol/claim',
];
const unverified = ['POST /papi/v1/auto-collection', 'POST /papi/v1/repay-futures-negative-balance'];
const anySymbol = [
  'DELETE /api/v3/openOrders',
  'DELETE /fapi/v1/algoOpenOrders',
  'DELETE /fapi/v1/allOpenOrders',
  'DELETE /sapi/v1/margin/isolated/account',
  'DELETE /sapi/v1/margin/openOrders',
  'POST /sapi/v1/margin/isolated/account',
];
const oneOrder = ['DELETE /api/v3/order', 'DELETE /fapi/v1/order', 'DELETE /sapi/v1/margin/order'];
const orders = [
  'POST /api/v3/order',
  'POST /api/v3/order/test',
  'POST /api/v3/sor/order',
  'POST /fapi/v1/order',
  'POST /fapi/v1/order/test',
  'POST /sapi/v1/margin/order',
];
const onFutures = ['POST /fapi/v1/order', 'POST /fapi/v1/order/test', 'POST /sapi/v1/margin/order'];
const byCost = ['POST /api/v3/order', 'POST /api/v3/order/test', 'POST /sapi/v1/margin/order'];

describe('the endpoints of Binance that a signed string could be sent to', () => {
  it.each([
    ['the rights of a key', spot, 'verify', window, unverified],
    ['the account of futures', usdm, 'read', window, []],
    ['a stream', spot, 'stream', `apiKey={apiKey}&recvWindow=5000&timestamp=${nowMs}`, []],
    ['one order', spot, 'read', `symbol=BTCUSDT&orderId=1&limit=5&${window}`, [...anySymbol, ...oneOrder]],
    ['an order to cancel', usdm, 'cancel', `symbol=BTCUSDT&origClientOrderId=x&${window}`, [...anySymbol, ...oneOrder]],
    ['an order', spot, 'open', `${market('FULL')}&quantity=1`, [...anySymbol, ...orders]],
    ['an order by cost', spot, 'open', `${market('FULL')}&quoteOrderQty=100`, [...anySymbol, ...byCost]],
    ['an order on futures', usdm, 'open', futures('BOTH'), [...anySymbol, ...onFutures]],
    ['an order on futures in hedge mode', usdm, 'open', futures('SHORT'), [...anySymbol, ...onFutures]],
    ['a closing order on futures', usdm, 'close', `${futures('BOTH')}&reduceOnly=true`, [...anySymbol, ...onFutures]],
  ] as const)('%s: no more than the threat model says', (_what, { judge }, purpose, payload, expected) => {
    expect(judge(purpose, payload)).toBeUndefined();
    expect(opened(binanceEndpoints, queryNames(payload), purpose)).toEqual([...anyBinance, ...expected].toSorted());
  });
});

describe('the endpoints of Bybit that a signed body could be posted to', () => {
  const anyBody = [
    '/v5/account/quick-repayment',
    '/v5/account/repay',
    '/v5/account/upgrade-to-uta',
    '/v5/rfq/cancel-all-quotes',
    '/v5/rfq/cancel-all-rfq',
    '/v5/spread/order/cancel-all',
    '/v5/user/create-demo-member',
  ];
  const anOrder = [
    '/v5/order/amend',
    '/v5/order/cancel',
    '/v5/order/cancel-all',
    '/v5/order/create',
    '/v5/order/pre-check',
    '/v5/position/confirm-pending-mmr',
    '/v5/spread/order/cancel',
  ];
  const order = { symbol: 'BTCUSDT', side: 'Sell', orderType: 'Market', qty: '1', orderLinkId: bybit.spot.clientOrderId };

  it.each([
    ['spot', 'open', { marketUnit: 'baseCoin' }],
    ['spot', 'close', { marketUnit: 'baseCoin' }],
    ['linear', 'open', { positionIdx: 2 }],
    ['linear', 'close', { reduceOnly: true, positionIdx: 1 }],
  ] as const)('an order for %s, to %s it: no more than the threat model says', (marketType, purpose, more) => {
    const body = { ...order, category: marketType, ...more };
    expect(bybit[marketType].judge(purpose, `${nowMs}{apiKey}5000${JSON.stringify(body)}`)).toBeUndefined();
    expect(opened(bybitEndpoints, new Set(Object.keys(body)), purpose)).toEqual([...anyBody, ...anOrder].toSorted());
  });

  it('nothing at all, which asks about the key', () => {
    expect(bybit.spot.judge('verify', `${nowMs}{apiKey}5000`)).toBeUndefined();
    const unverifiedKey = ['/v5/user/delete-api', '/v5/user/delete-sub-api'];
    expect(opened(bybitEndpoints, new Set(), 'verify')).toEqual([...anyBody, ...unverifiedKey].toSorted());
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
  ])('gains no name that an endpoint knows, wherever it is cut (%s)', (payload) => {
    const own = queryNames(payload);
    for (let at = 1; at < payload.length; at += 1) {
      const names = [...queryNames(payload.slice(0, at)), ...queryNames(payload.slice(at))];
      expect(names.filter((name) => known.has(name) && !own.has(name))).toEqual([]);
    }
  });
});

describe('the walk', () => {
  it('finds a string that withdraws or transfers, if one were signed', () => {
    const withdrawal = new Set(['coin', 'address', 'amount', 'timestamp']);
    const without = (endpoints: readonly Endpoint[]) => endpoints.map(({ refusedRight: _right, ...one }) => one);
    expect(opened(without(binanceEndpoints), withdrawal, 'open')).toContain('POST /sapi/v1/capital/withdraw/apply');
    expect(opened(without(bybitEndpoints), withdrawal, 'open')).toContain('/v5/asset/withdraw/create');
  });

  it.each([
    ['Binance', binanceEndpoints],
    ['Bybit', bybitEndpoints],
  ])('%s: funds and keys need names that no shape has, or nothing at all', (_venue, endpoints) => {
    const names = new Set(
      [market('FULL'), 'quantity=&quoteOrderQty=&orderId=&origClientOrderId=&limit=&reduceOnly=&positionSide=']
        .flatMap((payload) => [...queryNames(payload)])
        .concat('category', 'orderType', 'qty', 'orderLinkId', 'marketUnit', 'positionIdx'),
    );
    const grave = endpoints.filter(
      ({ effect, required }) => (effect === 'moves funds' || effect === 'keys') && required.length > 0,
    );
    expect(grave.length).toBeGreaterThan(10);
    expect(
      opened(
        grave.map(({ refusedRight: _right, ...one }) => one),
        names,
        'open',
      ),
    ).toEqual([]);
  });
});
