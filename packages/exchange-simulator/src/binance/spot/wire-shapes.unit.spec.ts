import { describe, expect, it } from 'vitest';
import { shapeOf } from '../../testing/conformance.js';
import { venueInMemory, type Seen } from '../../testing/venue-in-memory.js';

// The samples of `exchange-facts.md` 3.3 and 3.4: names and types there, values made up.
const result = {
  symbol: 'BTCUSDT',
  orderId: 900001,
  orderListId: -1,
  clientOrderId: 'sig-1',
  price: '0.00000000',
  origQty: '0.01000000',
  executedQty: '0.01000000',
  origQuoteOrderQty: '0.00000000',
  cummulativeQuoteQty: '500.00000000',
  status: 'FILLED',
  timeInForce: 'GTC',
  type: 'MARKET',
  side: 'BUY',
  selfTradePreventionMode: 'EXPIRE_MAKER',
};
const fill = { price: '50000.00000000', qty: '0.01000000', commission: '0.00001000', commissionAsset: 'BTC', tradeId: 77 };
const transact = { transactTime: 1790000000000 };
const times = { time: 1790000000000, updateTime: 1790000000000, isWorking: true, workingTime: 1790000000000 };
const queried = { ...result, stopPrice: '0.0', icebergQty: '0.0', ...times };
const canceled = { ...result, ...transact, origClientOrderId: 'sig-1' };
const samples = {
  full: { ...result, ...transact, workingTime: 1790000000000, fills: [fill] },
  ack: { symbol: 'BTCUSDT', orderId: 900001, orderListId: -1, clientOrderId: 'sig-1', ...transact },
  account: {
    makerCommission: 10,
    takerCommission: 10,
    buyerCommission: 0,
    sellerCommission: 0,
    commissionRates: { maker: '0.1', taker: '0.1', buyer: '0.0', seller: '0.0' },
    canTrade: true,
    canWithdraw: true,
    canDeposit: true,
    brokered: false,
    requireSelfTradePrevention: false,
    preventSor: false,
    updateTime: 1,
    accountType: 'SPOT',
    balances: [{ asset: 'BTC', free: '1.0', locked: '0.0' }],
    permissions: ['SPOT'],
    uid: 1,
  },
  restrictions: {
    ipRestrict: true,
    createTime: 1755000000000,
    enableReading: true,
    enableSpotAndMarginTrading: true,
    enableWithdrawals: false,
    enableInternalTransfer: false,
    permitsUniversalTransfer: false,
    enableMargin: false,
    enableFutures: true,
    enableVanillaOptions: false,
    enablePortfolioMarginTrading: false,
    enableFixApiTrade: false,
    enableFixReadOnly: false,
  },
};

const market = { quantity: '0.01', newClientOrderId: 'sig-1' };
const waiting = { type: 'LIMIT', timeInForce: 'GTC', price: '59000', ...market };
const stop = { type: 'STOP_LOSS', stopPrice: '61000', ...market };
type Venue = ReturnType<typeof venueInMemory>;
const cancel = async (venue: Venue, path: string, name: object) => {
  await venue.order(waiting);
  return venue.signed('DELETE', path, { symbol: 'BTCUSDT', ...name });
};
const named = { origClientOrderId: 'sig-1' };

const cases: readonly (readonly [what: string, act: (venue: Venue) => Promise<Seen>, sample: unknown])[] = [
  ['a new order, FULL', (venue) => venue.order(market), samples.full],
  ['a new order, ACK', (venue) => venue.order({ ...market, newOrderRespType: 'ACK' }), samples.ack],
  [
    'a new order, RESULT',
    (venue) => venue.order({ ...market, newOrderRespType: 'RESULT' }),
    { ...result, ...transact, workingTime: 1 },
  ],
  [
    'a stop',
    (venue) => venue.order({ ...stop, newOrderRespType: 'RESULT' }),
    { ...result, ...transact, workingTime: 1, stopPrice: '1.0' },
  ],
  ['an order that is looked up', async (venue) => (await venue.order(market), venue.lookUp('sig-1')), queried],
  ['an open order', async (venue) => (await venue.order(waiting), venue.signed('GET', '/api/v3/openOrders')), [queried]],
  [
    'all orders',
    async (venue) => (await venue.order(market), venue.signed('GET', '/api/v3/allOrders', { symbol: 'BTCUSDT' })),
    [queried],
  ],
  ['a cancel', (venue) => cancel(venue, '/api/v3/order', named), canceled],
  ['a cancel of all', (venue) => cancel(venue, '/api/v3/openOrders', {}), [canceled]],
  ['the account', (venue) => venue.signed('GET', '/api/v3/account'), samples.account],
  ['the permissions of the key', (venue) => venue.signed('GET', '/sapi/v1/account/apiRestrictions'), samples.restrictions],
  ['an error', (venue) => venue.lookUp('nothing'), { code: -1121, msg: 'Invalid symbol.' }],
];

describe('an answer has the fields of the documented sample, by name and type', () => {
  it.each(cases)('%s', async (_what, act, sample) => {
    const venue = venueInMemory();
    const answer = await act(venue);
    expect(answer === 'cut' ? answer : shapeOf(answer.body)).toEqual(shapeOf(sample));
  });
});
