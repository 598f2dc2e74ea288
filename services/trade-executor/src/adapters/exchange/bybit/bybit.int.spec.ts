import { decimal } from '@latchkey/kernel';
import { eventually } from '@latchkey/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Exchange } from '../../../app/ports/exchange.js';
import type { OrderDraft } from '../../../domain/trade/commands.js';
import { newDraft, signWith, simulatedBybit, type BybitAccount, type SimulatedBybit } from './testing/simulated-bybit.js';

let venue: SimulatedBybit;
let account: BybitAccount;

beforeAll(async () => {
  venue = await simulatedBybit();
});
// One account places ten orders a second: each spec has its own.
beforeEach(async () => {
  account = await venue.openAccount({ balances: { USDT: '100000', BTC: '5' } });
});
afterEach(() => venue.control('DELETE', '/faults'));
afterAll(() => venue.close());

type Market = 'spot' | 'linear';
const markets: readonly Market[] = ['spot', 'linear'];

const submit = (market: Market, order: OrderDraft, over = {}, by = account) =>
  venue[market].submit(order, venue.callBy(by, over));
const lookup = (market: Market, order: OrderDraft, by = account) => venue[market].lookup(order, venue.callBy(by));
const ordersOf = async ({ clientOrderId }: OrderDraft) =>
  (await venue.book()).filter((order) => order.clientOrderId === clientOrderId);

/** The order as the venue has it in the end. */
const result = async (market: Market, order: OrderDraft, by = account) => {
  const found: Extract<Awaited<ReturnType<Exchange['lookup']>>, { outcome: 'found' }>[] = [];
  await eventually(async () => {
    const answer = await lookup(market, order, by);
    if (answer.outcome === 'found' && answer.order.status !== 'open') found.push(answer);
    return found.length > 0;
  });
  return found[0]?.order;
};

describe('a market order', () => {
  const quote = (side: 'buy' | 'sell') => newDraft({ side, quoteAmount: decimal('120') });

  it.each<[string, Market, () => OrderDraft]>([
    ['spot, buy, base units', 'spot', () => newDraft()],
    ['spot, sell, base units', 'spot', () => newDraft({ side: 'sell' })],
    ['spot, buy, quote units', 'spot', () => quote('buy')],
    ['spot, sell, quote units', 'spot', () => quote('sell')],
    ['linear, buy', 'linear', () => newDraft()],
    ['linear, sell', 'linear', () => newDraft({ side: 'sell' })],
  ])('%s: is acknowledged first, and found filled, with its fills', async (_what, market, draft) => {
    const order = draft();
    const answer = await submit(market, order);
    expect(answer).toMatchObject({ outcome: 'placed', order: { status: 'open', filled: '0', fills: [] } });
    const done = await result(market, order);
    expect(done).toMatchObject({ status: 'filled', amount: '0.002', filled: '0.002', averagePrice: '60000' });
    const orderId = done?.orderId ?? '';
    expect(answer).toMatchObject({ order: { orderId } });
    const fills = await venue[market].fills({ symbol: 'BTCUSDT', orderId }, venue.callBy(account));
    expect(fills).toHaveLength(1);
    const fill = fills?.[0];
    expect(fill).toMatchObject({ orderId, amount: '0.002', price: '60000' });
    expect(fill?.fillId).not.toBe('');
    expect(await ordersOf(order)).toMatchObject([{ market, side: order.side, apiKey: account.apiKey, status: 'filled' }]);
  });

  it.each(markets)('on %s that never was is absent', async (market) => {
    expect(await lookup(market, newDraft())).toMatchObject({ outcome: 'absent' });
  });

  it('of one market is none of the other', async () => {
    const order = newDraft();
    await submit('spot', order);
    expect((await lookup('linear', order)).outcome).toBe('absent');
  });

  it.each<[Market, boolean]>([
    ['spot', true],
    ['linear', false],
  ])("on %s keeps the venue's rules, and knows its price", async (market, takesQuoteAmount) => {
    expect(venue[market].rules('BTCUSDT')).toMatchObject({ trading: true, takesQuoteAmount, notional: { min: '5' } });
    expect(venue[market].rules('NOSUCH')).toBeUndefined();
    expect(await venue[market].price('BTCUSDT')).toBe('60000');
    expect(await venue[market].price('NOSUCH')).toBeUndefined();
  });
});

describe('position mode', () => {
  const long = { positionSide: 'long' } as const;
  const short = { positionSide: 'short', side: 'sell' } as const;

  it('is learnt from the refusal of an order that does not fit it, and the next attempt with the same id is taken', async () => {
    const hedged = await venue.openAccount({ positionMode: 'hedge' });
    const order = newDraft();
    expect(await submit('linear', order, {}, hedged)).toMatchObject({
      outcome: 'turned_away',
      reason: 'venue.position_mode',
      positionMode: 'hedge',
    });
    expect(await submit('linear', { ...order, ...long }, {}, hedged)).toMatchObject({ outcome: 'placed' });
    expect(await submit('linear', newDraft(short), {}, hedged)).toMatchObject({ outcome: 'placed' });
    expect(await ordersOf(order)).toHaveLength(1);
  });

  it('is learnt back when the account was switched', async () => {
    expect(await submit('linear', newDraft(long))).toMatchObject({ outcome: 'turned_away', positionMode: 'one_way' });
  });
});

describe('the venue refuses', () => {
  it.each<[string, Market, Partial<OrderDraft>, string]>([
    ['too little money on spot', 'spot', { amount: decimal('30') }, 'venue.insufficient_balance'],
    ['too little margin on linear', 'linear', { amount: decimal('90') }, 'venue.insufficient_balance'],
    ['an unknown symbol on spot', 'spot', { symbol: 'NOSUCH' }, 'venue.unknown_symbol'],
    ['an unknown symbol on linear', 'linear', { symbol: 'NOSUCH' }, 'venue.unknown_symbol'],
    ['a small value on spot', 'spot', { quoteAmount: decimal('1') }, 'venue.filter_failure'],
    ['digits that linear does not have', 'linear', { amount: decimal('0.0021') }, 'venue.filter_failure'],
  ])('%s', async (_what, market, over, reason) => {
    const order = newDraft(over);
    expect(await submit(market, order)).toMatchObject({ outcome: 'rejected', reason });
    expect(await ordersOf(order)).toHaveLength(0);
  });

  it.each(markets)('a key that may not trade on %s', async (market) => {
    const reader = await venue.openAccount({ permissions: { trade: false, futures: false } });
    expect(await submit(market, newDraft(), {}, reader)).toMatchObject({ outcome: 'rejected', reason: 'venue.key_refused' });
  });

  it('a revoked key, also in look-ups', async () => {
    const revoked = await venue.openAccount();
    const order = newDraft();
    expect((await submit('linear', order, {}, revoked)).outcome).toBe('placed');
    await venue.control('PATCH', `/accounts/${revoked.apiKey}`, { revoked: true });
    expect(await submit('linear', newDraft(), {}, revoked)).toMatchObject({ reason: 'venue.key_refused' });
    expect((await lookup('linear', order, revoked)).outcome).toBe('refused');
  });

  it('a bad signature, and the key that it quotes goes nowhere', async () => {
    const authorize = signWith({ ...account, apiSecret: 'wrong' });
    const answer = await submit('spot', newDraft(), { authorize });
    expect(answer).toMatchObject({ outcome: 'rejected', reason: 'venue.bad_signature' });
    expect(JSON.stringify(answer)).not.toContain(account.apiKey);
  });

  it('an order that it had acknowledged', async () => {
    for (const market of markets) {
      await venue.fault('reject-after-accept', { message: 'EC_Others' });
      const order = newDraft();
      expect(await submit(market, order)).toMatchObject({ outcome: 'placed', order: { status: 'open' } });
      expect(await result(market, order)).toMatchObject({
        status: 'rejected',
        filled: '0',
        refusal: { reason: 'venue.order_refused', message: expect.stringContaining('EC_Others') },
      });
    }
  });
});

/** What the executor does with an unknown outcome, without its pauses: it looks, and sends again what was not found. */
const insist = async (market: Market, order: OrderDraft) => {
  const outcomes: string[] = [];
  for (let attempt = 0; attempt < 4; attempt += 1) {
    const answer = await submit(market, order);
    outcomes.push(answer.outcome === 'unknown' ? answer.cause : answer.outcome);
    if (answer.outcome === 'placed') break;
    if ((await lookup(market, order)).outcome === 'found') break;
  }
  return outcomes;
};

type FaultCase = readonly [kind: string, params: object];
const faults: readonly FaultCase[] = [
  ['drop', {}],
  ['accept-then-drop', {}],
  ['accept-late', { ms: 200 }],
  ['hide-order', { ms: 300 }],
  ['stall-body', { ms: 0 }],
  ['garbage', {}],
  ['delay', { ms: 3_000 }],
  ['status', { status: 502 }],
  ['accept-then-status', { status: 502 }],
  ['accept-then-status', { status: 524 }],
  ['venue-error', { code: 10016 }],
  ['venue-error', { code: 99999 }],
  ['accept-then-error', { code: 10000 }],
  ['accept-then-error', { code: 170007 }],
  ['accept-then-error', { code: 99999 }],
];

describe.each(markets)('a fault on the way to %s', (market) => {
  it.each(faults)('%s %j: one order, however hasty the sender is', async (kind, params) => {
    await venue.fault(kind, params);
    const order = newDraft();
    await insist(market, order);
    expect(await result(market, order)).toMatchObject({ status: 'filled', filled: '0.002' });
    expect(await ordersOf(order)).toHaveLength(1);
  });

  it.each<FaultCase>([
    ['accept-then-drop', {}],
    ['accept-then-status', { status: 503 }],
    ['accept-then-error', { code: 10016 }],
    ['stall-body', {}],
    ['garbage', {}],
  ])('%s %j after the order was taken is unknown, and sending again finds the same order', async (kind, params) => {
    await venue.fault(kind, params);
    const order = newDraft();
    expect((await submit(market, order)).outcome).toBe('unknown');
    expect(await submit(market, order)).toMatchObject({ outcome: 'unknown', cause: 'duplicate_client_order_id' });
    expect(await result(market, order)).toMatchObject({ status: 'filled' });
    expect(await ordersOf(order)).toHaveLength(1);
  });

  it('a partial fill ends canceled, with what was executed until then', async () => {
    await venue.fault('partial-fill', { share: '0.5' });
    const order = newDraft({ amount: decimal('0.004') });
    expect((await submit(market, order)).outcome).toBe('placed');
    expect(await result(market, order)).toMatchObject({ status: 'canceled', filled: '0.002', averagePrice: '60000' });
  });

  it('is absent while it is hidden, and found when it shows', async () => {
    const order = newDraft();
    await venue.fault('hide-order', { ms: 400 });
    await submit(market, order);
    expect((await lookup(market, order)).outcome).toBe('absent');
    expect(await result(market, order)).toMatchObject({ status: 'filled' });
  });

  it('is found in the history when the current list does not have it, and is not absent when only one list was seen', async () => {
    const order = newDraft();
    await submit(market, order);
    await result(market, order);
    const path = '/v5/order/realtime';
    await venue.fault('venue-error', { code: 110001 }, { path });
    expect(await lookup(market, order)).toMatchObject({ outcome: 'found', order: { status: 'filled' } });
    await venue.fault('venue-error', { code: 10016 }, { path });
    expect(await lookup(market, newDraft())).toMatchObject({ outcome: 'unavailable' });
    await venue.fault('garbage', {}, { path: '/v5/order/history' });
    expect(await lookup(market, newDraft())).toMatchObject({ outcome: 'unavailable' });
  });
});

describe('the testnet', () => {
  it('has its own host and keys, trades on both markets, and says what a key may do', async () => {
    const testnet = await simulatedBybit({ environment: 'testnet' });
    try {
      const [own, live] = [await testnet.openAccount(), await testnet.openAccount({ environment: 'live' })];
      for (const market of markets) {
        const order = newDraft();
        expect((await testnet[market].submit(order, testnet.callBy(own))).outcome).toBe('placed');
        expect((await testnet[market].lookup(order, testnet.callBy(own))).outcome).toBe('found');
        expect(await testnet[market].submit(newDraft(), testnet.callBy(live))).toMatchObject({ reason: 'venue.key_refused' });
      }
      expect(await testnet.spot.verifyKey(testnet.callBy(own))).toMatchObject({ outcome: 'reported' });
      expect(new Set(testnet.seen.map(({ headers }) => headers['host']))).toEqual(new Set(['api-testnet.bybit.com']));
    } finally {
      await testnet.close();
    }
  });
});

describe('a limit', () => {
  it('of one account turns its order away and lets nobody else wait', async () => {
    await venue.fault('rate-limit', { ms: 700 }, { apiKey: account.apiKey });
    const answer = await submit('linear', newDraft());
    expect(answer).toMatchObject({ outcome: 'turned_away', reason: 'venue.rate_limited' });
    const wait = answer.outcome === 'turned_away' ? (answer.retryAfterMs ?? 0) : 0;
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(700);
    expect(venue.linear.pausedUntil()).toBe(0);
  });

  it('of our address makes both markets wait ten minutes', async () => {
    const limited = await simulatedBybit();
    try {
      const one = await limited.openAccount();
      await limited.fault('rate-limit', { status: 403, ms: 600_000 });
      const answer = await limited.spot.submit(newDraft(), limited.callBy(one));
      expect(answer).toMatchObject({ outcome: 'turned_away', reason: 'venue.rate_limited', retryAfterMs: 600_000 });
      expect(limited.spot.pausedUntil()).toBeGreaterThan(Date.now() + 590_000);
      expect(limited.linear.pausedUntil()).toBe(limited.spot.pausedUntil());
    } finally {
      await limited.close();
    }
  });
});

describe('bytes that must not leave', () => {
  it.each(markets)('are held back on %s when the window has passed, the signature is old, or nobody signs', async (market) => {
    const order = newDraft();
    const withheld = { outcome: 'not_sent', reason: 'order.withheld' };
    const timestamp = (venue.spot.clock.now() ?? 0) - 5_100;
    const old = async (payload: string) => ({ ...(await signWith(account)(payload)), signedAt: Date.now() - 600 });
    expect(await submit(market, order, { timestamp })).toMatchObject(withheld);
    expect(await submit(market, order, { authorize: old })).toMatchObject(withheld);
    expect(await submit(market, order, { authorize: () => Promise.resolve(undefined) })).toMatchObject(withheld);
    expect(await ordersOf(order)).toHaveLength(0);
  });
});

describe('a key', () => {
  it("is described by the venue's own names of its rights", async () => {
    const one = await venue.openAccount({ permissions: { withdraw: true, transfer: true } });
    const told = await venue.spot.verifyKey(venue.callBy(one));
    expect(told).toMatchObject({
      outcome: 'reported',
      permissions: { canRead: true, canTrade: true, canWithdraw: true },
      ipRestricted: true,
    });
    const granted = told.outcome === 'reported' ? told.granted : [];
    expect(granted).toEqual(expect.arrayContaining(['Spot:SpotTrade', 'ContractTrade:Order', 'Wallet:Withdraw']));
    expect(told).not.toHaveProperty('expiresAt');
  });

  it('that is bound to no address expires; one that only reads may not trade', async () => {
    const one = await venue.openAccount({ ipRestricted: false, permissions: { trade: false, futures: false } });
    const told = await venue.linear.verifyKey(venue.callBy(one));
    expect(told).toMatchObject({ outcome: 'reported', permissions: { canTrade: false }, ipRestricted: false });
    const days = told.outcome === 'reported' ? (Date.parse(told.expiresAt ?? '') - Date.now()) / 86_400_000 : 0;
    expect(Math.round(days)).toBe(90);
  });

  it('that does not work is refused; a venue that is away proves nothing', async () => {
    const wrong = venue.callBy({ ...account, apiSecret: 'wrong' });
    expect(await venue.spot.verifyKey(wrong)).toMatchObject({ outcome: 'refused' });
    await venue.fault('status', { status: 503 }, { path: '/v5/user/query-api' });
    expect(await venue.spot.verifyKey(venue.callBy(account))).toMatchObject({ outcome: 'unavailable' });
  });
});
