import { decimal } from '@latchkey/kernel';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { OrderDraft } from '../../../domain/trade/commands.js';
import { openBinanceUsdm } from './binance-usdm.js';
import { newOrder, signWith, simulatedVenue, type SimulatedVenue, type VenueAccount } from './testing/simulated-venue.js';

const path = '/fapi/v1/order';
let venue: SimulatedVenue;
let account: VenueAccount;

beforeAll(async () => {
  venue = await simulatedVenue({ open: openBinanceUsdm, orderPath: path });
  account = await venue.openAccount();
});
afterEach(() => venue.control('DELETE', '/faults'));
afterAll(() => venue.close());

const contract = (over: Partial<OrderDraft> = {}): OrderDraft => {
  const { quoteAmount: _, ...order } = newOrder({ amount: decimal('0.002'), ...over });
  return order;
};
const submit = (order = contract(), over = {}, of = account) => venue.exchange.submit(order, venue.callBy(of, over));
const lookup = (order: OrderDraft, of = account) => venue.exchange.lookup(order, venue.callBy(of));
const ordersOf = async (clientOrderId: string) => (await venue.book()).filter((order) => order.clientOrderId === clientOrderId);

describe('a market order', () => {
  it.each(['buy', 'sell'] as const)('to %s is taken, found filled, and its fills are read', async (side) => {
    const order = contract({ side });
    expect(await submit(order)).toMatchObject({ outcome: 'placed', order: { status: 'open', amount: '0.002', fills: [] } });
    const found = await lookup(order);
    expect(found).toMatchObject({ outcome: 'found', order: { status: 'filled', filled: '0.002', averagePrice: '60000' } });
    const orderId = found.outcome === 'found' ? found.order.orderId : '';
    // The order says enough of itself: asking for its fills would cost everybody five times as much as the look-up did.
    expect(found.outcome === 'found' && venue.exchange.needsFills?.(found.order)).toBe(false);
    expect(await venue.exchange.fills({ symbol: 'BTCUSDT', orderId }, venue.callBy(account))).toMatchObject([
      { orderId, amount: '0.002', price: '60000', feeAsset: 'USDT' },
    ]);
    expect(await ordersOf(order.clientOrderId)).toMatchObject([{ market: 'linear', side, amount: '0.002' }]);
  });

  it('carries exactly what the vault signs for an opening order', async () => {
    const payloads: string[] = [];
    const authorize = (payload: string) => {
      payloads.push(payload);
      return signWith(account)(payload);
    };
    const order = contract();
    const { timestamp } = venue.callBy(account);
    await submit(order, { authorize, timestamp });
    expect(payloads).toEqual([
      `timestamp=${timestamp}&symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.002&newClientOrderId=${order.clientOrderId}&newOrderRespType=RESULT&positionSide=BOTH&recvWindow=5000`,
    ]);
  });

  it.each(['buy', 'sell'] as const)(
    'to %s of a one-way account is no order for spot, though its key may trade there',
    async (side) => {
      let sent = '';
      const authorize = async (payload: string) => {
        const signed = await signWith(account)(payload);
        sent = `${payload}&signature=${signed.signature}`;
        return signed;
      };
      expect((await submit(contract({ side }), { authorize })).outcome).toBe('placed');
      const onSpot = await fetch(`${venue.simulator.urls.binance}/api/v3/order`, {
        method: 'POST',
        headers: { 'x-mbx-apikey': account.apiKey, 'content-type': 'application/x-www-form-urlencoded' },
        body: sent,
      });
      expect(await onSpot.json()).toMatchObject({ code: -1104 });
    },
  );

  it('that never was is absent', async () => {
    expect(await lookup(contract())).toMatchObject({ outcome: 'absent' });
  });

  it("keeps the contract's rules, and knows a price", async () => {
    expect(venue.exchange.rules('BTCUSDT')).toMatchObject({
      trading: true,
      takesQuoteAmount: false,
      lots: [{ step: '0.001' }, {}],
    });
    expect(venue.exchange.rules('NOSUCH')).toBeUndefined();
    expect(await venue.exchange.price('BTCUSDT')).toBe('60000');
    expect(await venue.exchange.price('NOSUCH')).toBeUndefined();
  });
});

describe('an account in hedge mode', () => {
  it('refuses an order that names no position, which tells its mode, and takes one that does', async () => {
    const hedged = await venue.openAccount({ positionMode: 'hedge' });
    const order = contract();
    expect(await submit(order, {}, hedged)).toMatchObject({ outcome: 'turned_away', positionMode: 'hedge' });
    expect(await ordersOf(order.clientOrderId)).toHaveLength(0);
    for (const [side, positionSide] of [
      ['buy', 'long'],
      ['sell', 'short'],
    ] as const) {
      const again = contract({ side, positionSide });
      expect((await submit(again, {}, hedged)).outcome).toBe('placed');
      expect(await lookup(again, hedged)).toMatchObject({ outcome: 'found', order: { status: 'filled' } });
    }
  });

  it('is told apart from a one-way account by that one’s refusal', async () => {
    expect(await submit(contract({ positionSide: 'long' }))).toMatchObject({ outcome: 'turned_away', positionMode: 'one_way' });
  });
});

describe('the venue refuses', () => {
  it.each([
    ['too little margin', { amount: decimal('900') }, 'rejected'],
    ['an unknown contract', { symbol: 'NOSUCH' }, 'rejected'],
    ['an order that is worth too little', { symbol: 'SOLUSDT', amount: decimal('0.01') }, 'rejected'],
    ['too many digits', { amount: decimal('0.00200001') }, 'rejected'],
  ])('%s', async (_what, over, outcome) => {
    expect((await submit(contract(over))).outcome).toBe(outcome);
  });

  it('a key that may not trade futures', async () => {
    const spotOnly = await venue.openAccount({ permissions: { futures: false } });
    expect(await submit(contract(), {}, spotOnly)).toMatchObject({ outcome: 'rejected', reason: 'venue.key_refused' });
  });

  it('a revoked key, also in look-ups', async () => {
    const revoked = await venue.openAccount();
    const order = contract();
    expect((await submit(order, {}, revoked)).outcome).toBe('placed');
    await venue.control('PATCH', `/accounts/${revoked.apiKey}`, { revoked: true });
    expect(await submit(contract(), {}, revoked)).toMatchObject({ outcome: 'rejected', reason: 'venue.key_refused' });
    expect((await lookup(order, revoked)).outcome).toBe('refused');
  });

  it('a bad signature', async () => {
    const authorize = signWith({ ...account, apiSecret: 'wrong' });
    expect(await submit(contract(), { authorize })).toMatchObject({ outcome: 'rejected', reason: 'venue.bad_signature' });
  });
});

describe('each kind of fault', () => {
  it.each([
    ['drop', {}, 0],
    ['accept-then-drop', {}, 1],
    ['accept-then-status', { status: 502 }, 1],
    ['status', { status: 502 }, 0],
    ['stall-body', {}, 1],
    ['garbage', {}, 1],
  ])('%s: the outcome is unknown, and the venue holds one order or none', async (kind, params, inBook) => {
    await venue.fault(kind, params, { method: 'POST' });
    const order = contract();
    expect((await submit(order)).outcome).toBe('unknown');
    expect(await ordersOf(order.clientOrderId)).toHaveLength(inBook);
    expect((await lookup(order)).outcome).toBe(inBook === 1 ? 'found' : 'absent');
  });

  it('delay: unknown after the deadline', async () => {
    await venue.fault('delay', { ms: 4_000 }, { method: 'POST' });
    expect(await submit()).toEqual({ outcome: 'unknown', cause: 'timeout', venueSaidUnknown: false });
  });

  it.each([
    [-1000, 'unknown'],
    [-1007, 'unknown'],
    [-1008, 'turned_away'],
    [-1021, 'turned_away'],
    [-2019, 'rejected'],
    [-2022, 'rejected'],
    [-4061, 'turned_away'],
    [-4116, 'unknown'],
    [-4131, 'turned_away'],
    [-4400, 'rejected'],
    [-9999, 'unknown'],
  ])('venue-error %i: %s, and nothing was taken', async (code, outcome) => {
    await venue.fault('venue-error', { code }, { method: 'POST' });
    const order = contract();
    expect((await submit(order)).outcome).toBe(outcome);
    expect(await ordersOf(order.clientOrderId)).toHaveLength(0);
  });

  it('hide-order: absent for now, and found later', async () => {
    const order = contract();
    await venue.fault('hide-order', { ms: 300 }, { apiKey: account.apiKey, method: 'POST' });
    await submit(order);
    expect((await lookup(order)).outcome).toBe('absent');
    await expect.poll(async () => (await lookup(order)).outcome, { timeout: 5_000 }).toBe('found');
  });

  it('accept-late: the order turns up, once', async () => {
    await venue.fault('accept-late', { ms: 300 }, { method: 'POST' });
    const order = contract();
    await submit(order);
    await expect.poll(async () => (await lookup(order)).outcome, { timeout: 5_000 }).toBe('found');
    expect(await ordersOf(order.clientOrderId)).toHaveLength(1);
  });

  it('partial-fill: what was executed is read, whatever became of the rest', async () => {
    await venue.fault('partial-fill', {}, { method: 'POST' });
    const order = contract({ amount: decimal('0.01') });
    expect((await submit(order)).outcome).toBe('placed');
    const found = await lookup(order);
    expect(found.outcome).toBe('found');
    if (found.outcome !== 'found') return;
    expect(Number(found.order.filled)).toBeGreaterThan(0);
    expect(Number(found.order.filled)).toBeLessThan(0.01);
    const { orderId } = found.order;
    const fills = await venue.exchange.fills({ symbol: 'BTCUSDT', orderId }, venue.callBy(account));
    expect(fills?.reduce((total, { amount }) => total + Number(amount), 0)).toBeCloseTo(Number(found.order.filled), 8);
  });

  it('rate-limit and status 429: everybody waits', async () => {
    const limited = await simulatedVenue({ open: openBinanceUsdm, orderPath: path });
    try {
      const one = await limited.openAccount();
      await limited.fault('status', { status: 429 }, { method: 'POST' });
      expect(await limited.exchange.submit(contract(), limited.callBy(one))).toMatchObject({
        outcome: 'turned_away',
        reason: 'venue.rate_limited',
      });
      expect(limited.exchange.pausedUntil()).toBeGreaterThan(Date.now());
    } finally {
      await limited.close();
    }
  });
});

describe('bytes that must not leave', () => {
  it('are held back when the window has passed, or whoever signs says no', async () => {
    const late = contract();
    const timestamp = (venue.exchange.clock.now() ?? 0) - 5_100;
    expect(await submit(late, { timestamp })).toMatchObject({ outcome: 'not_sent', reason: 'order.withheld' });
    const unsigned = contract();
    expect(await submit(unsigned, { authorize: () => Promise.resolve(undefined) })).toMatchObject({ outcome: 'not_sent' });
    expect(await ordersOf(late.clientOrderId)).toHaveLength(0);
    expect(await ordersOf(unsigned.clientOrderId)).toHaveLength(0);
  });
});

describe('a key', () => {
  it('is described by the same answer as for spot', async () => {
    expect(await venue.exchange.verifyKey(venue.callBy(account))).toMatchObject({
      outcome: 'reported',
      granted: ['enableReading', 'enableSpotAndMarginTrading', 'enableFutures'],
    });
  });
});
