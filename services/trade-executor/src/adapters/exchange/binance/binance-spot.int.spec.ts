import { decimal } from '@latchkey/kernel';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { newOrder, signWith, simulatedVenue, type SimulatedVenue, type VenueAccount } from './testing/simulated-venue.js';

let venue: SimulatedVenue;
let account: VenueAccount;

beforeAll(async () => {
  venue = await simulatedVenue();
  account = await venue.openAccount();
});
afterEach(() => venue.control('DELETE', '/faults'));
afterAll(() => venue.close());

const submit = (order = newOrder(), over = {}) => venue.exchange.submit(order, venue.callBy(account, over));
const ordersOf = async (clientOrderId: string) => (await venue.book()).filter((order) => order.clientOrderId === clientOrderId);

describe('a market order', () => {
  it('in quote units comes back filled, with its fills', async () => {
    const order = newOrder();
    const answer = await submit(order);
    expect(answer).toMatchObject({ outcome: 'placed', order: { status: 'filled', filled: '0.002', averagePrice: '60000' } });
    expect(answer.outcome === 'placed' && answer.order.fills).toMatchObject([{ amount: '0.002', price: '60000' }]);
    expect(await ordersOf(order.clientOrderId)).toHaveLength(1);
  });

  it('in base units goes to the venue digit by digit', async () => {
    const order = { ...newOrder(), amount: decimal('0.00017') };
    const { quoteAmount: _, ...base } = order;
    expect(await submit(base)).toMatchObject({ outcome: 'placed', order: { amount: '0.00017', filled: '0.00017' } });
  });

  it('is found by its client order id, and so are its fills', async () => {
    const order = newOrder();
    await submit(order);
    const found = await venue.exchange.lookup(order, venue.callBy(account));
    expect(found).toMatchObject({ outcome: 'found', order: { status: 'filled', filled: '0.002', fills: [] } });
    const orderId = found.outcome === 'found' ? found.order.orderId : '';
    expect(await venue.exchange.fills({ symbol: 'BTCUSDT', orderId }, venue.callBy(account))).toMatchObject([
      { orderId, amount: '0.002', price: '60000' },
    ]);
  });

  it('that never was is absent', async () => {
    expect(await venue.exchange.lookup(newOrder(), venue.callBy(account))).toMatchObject({ outcome: 'absent' });
  });

  it("keeps the venue's rules", () => {
    expect(venue.exchange.rules('BTCUSDT')).toMatchObject({
      trading: true,
      quotePlaces: 8,
      lots: [{ min: '0.00001', step: '0.00001' }, { max: '120' }],
      notional: { min: '5' },
    });
    expect(venue.exchange.rules('NOSUCH')).toBeUndefined();
  });
});

describe('the venue refuses', () => {
  it.each([
    ['too little money', { quoteAmount: decimal('99999999') }, 'rejected'],
    ['an unknown symbol', { symbol: 'NOSUCH' }, 'rejected'],
    ['an order that is too small', { quoteAmount: decimal('1') }, 'rejected'],
  ])('%s', async (_what, over, outcome) => {
    const answer = await submit(newOrder(over));
    expect(answer.outcome).toBe(outcome);
  });

  it('a key that may not trade', async () => {
    const reader = await venue.openAccount({ permissions: { trade: false } });
    expect(await venue.exchange.submit(newOrder(), venue.callBy(reader))).toMatchObject({
      outcome: 'rejected',
      reason: 'venue.key_refused',
    });
  });

  it('a revoked key, also in look-ups, even after it worked', async () => {
    const revoked = await venue.openAccount();
    const order = newOrder();
    expect((await venue.exchange.submit(order, venue.callBy(revoked))).outcome).toBe('placed');
    await venue.control('PATCH', `/accounts/${revoked.apiKey}`, { revoked: true });
    expect(await venue.exchange.submit(newOrder(), venue.callBy(revoked))).toMatchObject({
      outcome: 'rejected',
      reason: 'venue.key_refused',
    });
    expect((await venue.exchange.lookup(order, venue.callBy(revoked))).outcome).toBe('refused');
  });

  it('a bad signature', async () => {
    const authorize = signWith({ ...account, apiSecret: 'wrong' });
    expect(await submit(newOrder(), { authorize })).toMatchObject({ outcome: 'rejected', reason: 'venue.bad_signature' });
  });
});

describe('a fault on the way', () => {
  it('before the order was taken leaves its outcome unknown', async () => {
    await venue.fault('drop', {}, { method: 'POST' });
    const order = newOrder();
    expect(await submit(order)).toMatchObject({ outcome: 'unknown', venueSaidUnknown: false });
    expect(await ordersOf(order.clientOrderId)).toHaveLength(0);
    expect((await venue.exchange.lookup(order, venue.callBy(account))).outcome).toBe('absent');
  });

  it('after the order was taken is unknown too, and a look-up finds it', async () => {
    await venue.fault('accept-then-drop', {}, { method: 'POST' });
    const order = newOrder();
    expect(await submit(order)).toMatchObject({ outcome: 'unknown', venueSaidUnknown: false });
    expect((await venue.exchange.lookup(order, venue.callBy(account))).outcome).toBe('found');
  });

  it.each([500, 502, 503, 504])('an HTTP %i is unknown by the venue itself, taken or not', async (status) => {
    await venue.fault('accept-then-status', { status }, { method: 'POST' });
    const taken = newOrder();
    expect(await submit(taken)).toEqual({ outcome: 'unknown', cause: `http_${status}`, venueSaidUnknown: true });
    expect(await ordersOf(taken.clientOrderId)).toHaveLength(1);
    await venue.fault('status', { status }, { method: 'POST' });
    expect(await submit()).toEqual({ outcome: 'unknown', cause: `http_${status}`, venueSaidUnknown: true });
  });

  it('a slow answer is unknown after the deadline', async () => {
    await venue.fault('delay', { ms: 4_000 }, { method: 'POST' });
    expect(await submit()).toEqual({ outcome: 'unknown', cause: 'timeout', venueSaidUnknown: false });
  });

  it('a hidden order is absent for now, and found later', async () => {
    const order = newOrder();
    await venue.fault('hide-order', { ms: 300 }, { apiKey: account.apiKey, method: 'POST' });
    await submit(order);
    expect((await venue.exchange.lookup(order, venue.callBy(account))).outcome).toBe('absent');
    await expect
      .poll(async () => (await venue.exchange.lookup(order, venue.callBy(account))).outcome, { timeout: 5_000 })
      .toBe('found');
  });

  it('an order that is accepted late turns up', async () => {
    await venue.fault('accept-late', { ms: 300 }, { method: 'POST' });
    const order = newOrder();
    await submit(order);
    await expect
      .poll(async () => (await venue.exchange.lookup(order, venue.callBy(account))).outcome, { timeout: 5_000 })
      .toBe('found');
    expect(await ordersOf(order.clientOrderId)).toHaveLength(1);
  });

  it('a limit makes everybody wait', async () => {
    const limited = await simulatedVenue();
    try {
      const one = await limited.openAccount();
      await limited.fault('status', { status: 429 }, { method: 'POST' });
      expect(await limited.exchange.submit(newOrder(), limited.callBy(one))).toMatchObject({
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
  it('are held back when the window of the attempt has passed', async () => {
    const order = newOrder();
    const timestamp = (venue.exchange.clock.now() ?? 0) - 5_100;
    expect(await submit(order, { timestamp })).toMatchObject({ outcome: 'not_sent', reason: 'order.withheld' });
    expect(await ordersOf(order.clientOrderId)).toHaveLength(0);
  });

  it('are held back when whoever signs says no', async () => {
    const order = newOrder();
    expect(await submit(order, { authorize: () => Promise.resolve(undefined) })).toMatchObject({
      outcome: 'not_sent',
      reason: 'order.withheld',
    });
    expect(await ordersOf(order.clientOrderId)).toHaveLength(0);
  });

  it('are held back when the signature is older than 500 ms', async () => {
    const old = async (payload: string) => ({ ...(await signWith(account)(payload)), signedAt: Date.now() - 600 });
    expect(await submit(newOrder(), { authorize: old })).toMatchObject({ outcome: 'not_sent', reason: 'order.withheld' });
  });

  it('are held back when the permission came after the deadline', async () => {
    let signed: (() => void) | undefined;
    const late = new Promise<void>((resolve) => (signed = resolve));
    const order = newOrder();
    const authorize = async (payload: string) => {
      await late;
      return signWith(account)(payload);
    };
    expect(await submit(order, { authorize })).toMatchObject({ outcome: 'not_sent' });
    signed?.();
    // A request of another account goes all the way while the late one would have had its chance.
    await submit();
    expect(await ordersOf(order.clientOrderId)).toHaveLength(0);
  });
});

describe('a key', () => {
  it("is described by the venue's own names of its rights", async () => {
    const one = await venue.openAccount({ permissions: { withdraw: true } });
    expect(await venue.exchange.verifyKey(venue.callBy(one))).toEqual({
      outcome: 'reported',
      permissions: { canRead: true, canTrade: true, canWithdraw: true },
      granted: ['enableReading', 'enableSpotAndMarginTrading', 'enableWithdrawals', 'enableFutures'],
      ipRestricted: true,
      markets: { spot: { canRead: true, canTrade: true }, linear: { canRead: true, canTrade: true } },
    });
  });

  it('that does not work is refused; a venue that is away proves nothing', async () => {
    expect(await venue.exchange.verifyKey(venue.callBy({ ...account, apiSecret: 'wrong' }))).toMatchObject({
      outcome: 'refused',
    });
    await venue.fault('status', { status: 503 }, { path: '/sapi/v1/account/apiRestrictions' });
    expect(await venue.exchange.verifyKey(venue.callBy(account))).toMatchObject({ outcome: 'unavailable' });
  });
});
