import { describe, expect, it } from 'vitest';
import { faultPlan } from '../control/fault-plan-request.js';
import { faultPlanBody } from '../control/schemas.js';
import { follower, venueInMemory } from '../testing/venue-in-memory.js';
import { bybitInMemory } from '../testing/bybit-in-memory.js';
import { drawFaults, plannedKinds, type ArrivedOrder } from './fault-plan.js';

const planOf = (body: object = {}) => faultPlan(faultPlanBody.parse(body));
const markets = ['binance spot', 'binance linear', 'bybit spot', 'bybit linear'] as const;
const paths = {
  'binance spot': '/api/v3/order',
  'binance linear': '/fapi/v1/order',
  'bybit spot': '/v5/order/create',
  'bybit linear': '/v5/order/create',
};
const orders = (count: number): readonly ArrivedOrder[] =>
  Array.from({ length: count }, (_, index) => {
    const name = markets[index % markets.length] ?? 'binance spot';
    const [exchange, market] = name.split(' ') as [ArrivedOrder['exchange'], ArrivedOrder['market']];
    return { exchange, market, path: paths[name], apiKey: `key${index % 7}`, clientOrderId: `order-${index}` };
  });
const all = orders(20_000);
const usual = planOf();
const everyOrder = planOf({ share: 1 });

describe('a fault plan', () => {
  it('without a word means 30 % of all orders, one to three faults each, of every kind', () => {
    const drawn = all.map((order) => drawFaults(usual, order));
    const hit = drawn.filter((faults) => faults.length > 0);
    expect(hit.length / all.length).toBeCloseTo(0.3, 2);
    for (const count of [1, 2, 3])
      expect(hit.filter((faults) => faults.length === count).length / hit.length).toBeCloseTo(1 / 3, 1);
    expect(new Set(hit.flat().map(({ kind }) => kind))).toEqual(new Set(plannedKinds));
    for (const faults of hit) expect(new Set(faults.map(({ kind }) => kind)).size).toBe(faults.length);
  });

  it('draws the same for an order whatever came before it, and else with another seed', () => {
    const forwards = all.map((order) => JSON.stringify(drawFaults(usual, order)));
    const backwards = all.toReversed().map((order) => JSON.stringify(drawFaults(usual, order)));
    expect(backwards.toReversed()).toEqual(forwards);
    const other = planOf({ seed: 2 });
    expect(all.map((order) => JSON.stringify(drawFaults(other, order)))).not.toEqual(forwards);
  });

  it('binds each fault to its order, once, in the place that its kind is for', () => {
    for (const order of all.slice(0, 2_000)) {
      for (const fault of drawFaults(everyOrder, order)) {
        expect(fault).toMatchObject({
          exchange: order.exchange,
          apiKey: order.apiKey,
          clientOrderId: order.clientOrderId,
          times: 1,
        });
        const place = fault.kind.startsWith('stream-') ? undefined : fault.method === 'GET' ? 'GET' : `POST ${order.path}`;
        expect([fault.method, fault.path].filter((part) => part !== undefined).join(' ') || undefined).toBe(place);
      }
    }
  });

  it('lies about no order: what may have been taken is never called refused, and Binance spot looks at the window twice', () => {
    const maybe = [-1000, -1001, -1006, -1007, 10000, 10016, 170001, 170007, 170032, 170146, 170149, 170234];
    const faults = all
      .slice(0, 4_000)
      .flatMap((order) => drawFaults(everyOrder, order).map((fault) => ({ ...fault, market: order.market })));
    for (const { kind, code, recheck, exchange, market } of faults) {
      if (kind === 'accept-then-error') expect(maybe).toContain(code);
      if (kind === 'accept-then-error' && exchange === 'binance' && market === 'linear') expect(code).not.toBe(-1001);
      if (kind === 'accept-late') expect(recheck).toBe(exchange === 'binance' && market === 'spot');
    }
  });

  it('takes kinds by weight, lengths and a part of all orders', () => {
    const only = planOf({ share: 1, kinds: { delay: 3, drop: 1, garbage: 0 }, most: 1, ms: { delay: [7, 7] }, lookUpShare: 0 });
    const kinds = all.flatMap((order) => drawFaults(only, order));
    expect(kinds.filter(({ kind }) => kind === 'delay').length / all.length).toBeCloseTo(0.75, 1);
    expect(kinds.every(({ kind, ms }) => (kind === 'delay' ? ms === 7 : kind === 'drop'))).toBe(true);
  });

  it('refuses kinds that happen to no order', () => {
    expect(() => planOf({ kinds: ['stream-refuse'] })).toThrow(/a plan has no kind "stream-refuse"/);
    expect(() => planOf({ ms: { nothing: [1, 2] } })).toThrow(/a plan has no kind "nothing"/);
    expect(() => planOf({ ms: { delay: [2, 1] } })).toThrow();
  });
});

describe('a plan in force', () => {
  it('meets the orders that it is for, each once, and counts what happened', async () => {
    const venue = venueInMemory();
    venue.world.faultPlans.set(planOf({ share: 1, kinds: ['accept-then-drop'], apiKey: follower.apiKey }));
    const order = { quantity: '0.001', newClientOrderId: 'mine' };
    expect(await venue.order(order)).toBe('cut');
    expect(await venue.order(order)).toMatchObject({ status: 200 });
    expect(venue.world.faultPlans.view()).toMatchObject({
      orders: 1,
      hit: 1,
      drawn: { 'accept-then-drop': 1 },
      met: { 'accept-then-drop': 1 },
    });
    venue.openAccount({ apiKey: 'o'.repeat(64), apiSecret: 's' });
    expect(await venue.order({ ...order, newClientOrderId: 'other' }, { apiKey: 'o'.repeat(64), secret: 's' })).toMatchObject({
      status: 200,
    });
  });

  it('meets look-ups of the order by its name, and no other', async () => {
    const venue = venueInMemory();
    venue.world.faultPlans.set(planOf({ share: 1, kinds: ['drop'], lookUpShare: 1 }));
    await venue.order({ quantity: '0.001', newClientOrderId: 'a' });
    venue.world.faultPlans.set(planOf({ share: 0 }));
    await venue.order({ quantity: '0.001', newClientOrderId: 'b' });
    expect(await venue.lookUp('b')).toMatchObject({ status: 200 });
    expect(await venue.lookUp('a')).toBe('cut');
    expect(await venue.lookUp('a')).toMatchObject({ status: 200 });
  });

  it('works at Bybit in both categories', async () => {
    const venue = bybitInMemory();
    venue.world.faultPlans.set(planOf({ share: 1, kinds: ['reject-after-accept'] }));
    await venue.spot({ orderLinkId: 'a' });
    await venue.linear({ orderLinkId: 'b' });
    expect(venue.book()).toMatchObject([
      { clientOrderId: 'a', status: 'rejected', market: 'spot' },
      { clientOrderId: 'b', status: 'rejected', market: 'linear' },
    ]);
  });

  it('ends with everything that it had drawn, and leaves other faults alone', async () => {
    const venue = venueInMemory();
    venue.world.faultPlans.set(planOf({ share: 1, kinds: ['stream-lose'] }));
    await venue.order({ quantity: '0.001' });
    venue.fault({ kind: 'drop' });
    expect(venue.world.faultPlans.end()).toMatchObject({ plan: null });
    expect(venue.world.faults.clear()).toBe(1);
  });
});
