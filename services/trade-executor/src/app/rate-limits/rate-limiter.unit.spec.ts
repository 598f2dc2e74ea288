import { isAppError } from '@latchkey/kernel';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { OrderRequested, Permit, Requested } from '../ports/permits.js';
import { createRateLimiter, type RateLimiterOptions } from './rate-limiter.js';
import { memoryRows } from './testing/memory-rows.js';

const clock = { now: () => Date.now() };
const log = { warn: () => undefined };
let rows: ReturnType<typeof memoryRows>;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_790_000_000_000 });
  rows = memoryRows(clock);
});
afterEach(() => vi.useRealTimers());

const limiterOf = (over: Partial<RateLimiterOptions> = {}) =>
  createRateLimiter({ rows: rows.rows, clock, log, addresses: ['192.0.2.1'], ...over });
type Limiter = ReturnType<typeof limiterOf>;

const order = (over: Partial<OrderRequested> = {}): OrderRequested => ({
  exchange: 'bybit',
  environment: 'live',
  marketType: 'spot',
  user: 'alice',
  purpose: 'open',
  deadline: clock.now() + 60_000,
  ...over,
});
const lookup = (over: Partial<Requested> = {}): Requested => ({
  host: 'bybit',
  environment: 'live',
  endpoint: 'order.query',
  urgency: 'lookup',
  user: 'alice',
  deadline: clock.now() + 60_000,
  ...over,
});

/** What is asked is answered when the clock goes on. */
const whenGiven = async <T>(asked: Promise<T>): Promise<T> => {
  await vi.advanceTimersByTimeAsync(20);
  return asked;
};

/** Uses a permit as a request does: it leaves, and is answered a moment later. */
const use = (permit: Permit, ms = 20): void => {
  permit.left();
  setTimeout(() => {
    permit.answered({ ok: true });
    permit.end();
  }, ms);
};

/** Asks, uses what is given, and notes when. */
const noting = (limiter: Limiter) => {
  const sent: { readonly user: string; readonly at: number; readonly closing: boolean }[] = [];
  const refused: { readonly user: string; readonly at: number; readonly waitMs: number }[] = [];
  const startedAt = clock.now();
  const ask = (over: Partial<OrderRequested> = {}): void => {
    const asked = order(over);
    void limiter.forOrder(asked).then((given) => {
      const at = clock.now() - startedAt;
      if (!given.permit) return refused.push({ user: asked.user, at, waitMs: given.waitMs });
      use(given.permit);
      return sent.push({ user: asked.user, at, closing: asked.purpose === 'close' });
    });
  };
  return { ask, sent, refused };
};
const users = (count: number): string[] => Array.from({ length: count }, (_, i) => `user-${i}`);

const mostWithin = (times: readonly number[], ms: number): number =>
  Math.max(0, ...times.map((from) => times.filter((at) => at >= from && at < from + ms).length));

describe('a burst of orders at one address', () => {
  it('leaves at nearly the venue’s rate, and never more than its limit within its window', async () => {
    const { ask, sent } = noting(limiterOf());
    for (const user of users(1_000)) ask({ user });
    await vi.advanceTimersByTimeAsync(1.1 * (1_000 / 120) * 1_000);
    expect(sent).toHaveLength(1_000);
    expect(
      mostWithin(
        sent.map(({ at }) => at),
        5_000,
      ),
    ).toBeLessThanOrEqual(0.97 * 600);
  });

  it('is shared by two executors: together they leave no faster', async () => {
    const two = [noting(limiterOf({ sharers: () => 2 })), noting(limiterOf({ sharers: () => 2 }))] as const;
    users(1_000).forEach((user, i) => two[i % 2]!.ask({ user }));
    await vi.advanceTimersByTimeAsync(1.1 * (1_000 / 120) * 1_000);
    const sent = two.flatMap((one) => one.sent.map(({ at }) => at));
    expect(sent).toHaveLength(1_000);
    expect(mostWithin(sent, 5_000)).toBeLessThanOrEqual(0.97 * 600);
    // Neither of them waits for the other to be done.
    expect(Math.min(...two.map((one) => one.sent.length))).toBeGreaterThan(300);
  });

  it('goes twice as fast with two addresses', async () => {
    const { ask, sent } = noting(limiterOf({ addresses: ['192.0.2.1', '192.0.2.2'] }));
    for (const user of users(1_000)) ask({ user });
    await vi.advanceTimersByTimeAsync(1.3 * (1_000 / 240) * 1_000);
    expect(sent).toHaveLength(1_000);
  });

  it('lets an exit pass that comes in its middle', async () => {
    const { ask, sent } = noting(limiterOf());
    for (const user of users(1_000)) ask({ user });
    await vi.advanceTimersByTimeAsync(2_000);
    const before = sent.length;
    for (const user of users(5)) ask({ user: `exit-${user}`, purpose: 'close' });
    await vi.advanceTimersByTimeAsync(300);
    const exits = sent.flatMap(({ closing }, place) => (closing ? [place - before] : []));
    expect(exits).toHaveLength(5);
    // What was chosen already may go first.
    expect(Math.max(...exits)).toBeLessThan(20);
  });

  it('costs one statement for many', async () => {
    const { ask, sent } = noting(limiterOf());
    for (const user of users(1_000)) ask({ user, exchange: 'binance', marketType: 'linear' });
    await vi.advanceTimersByTimeAsync(2_000);
    expect(sent).toHaveLength(1_000);
    expect(rows.statements() / 1_000).toBeLessThan(0.1);
  });

  it('costs none where venues have no limits', async () => {
    const { ask, sent } = noting(limiterOf({ keep: false }));
    for (const user of users(1_000)) ask({ user });
    await vi.advanceTimersByTimeAsync(1_000);
    expect([sent.length, rows.statements()]).toEqual([1_000, 0]);
  });
});

describe('an account', () => {
  it('has limits of its own, and keeps nobody else waiting', async () => {
    const { ask, sent } = noting(limiterOf());
    for (let i = 0; i < 30; i += 1) ask({ user: 'busy', marketType: 'linear' });
    ask({ user: 'other', marketType: 'linear' });
    await vi.advanceTimersByTimeAsync(100);
    expect(sent.filter(({ user }) => user === 'other')).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(6_000);
    const own = sent.filter(({ user }) => user === 'busy').map(({ at }) => at);
    expect(own).toHaveLength(30);
    expect(mostWithin(own, 1_000)).toBeLessThanOrEqual(9);
  });

  it('that the venue told to wait waits alone, until exactly then', async () => {
    const limiter = limiterOf();
    const { permit } = await whenGiven(limiter.forOrder(order()));
    permit!.left();
    permit!.answered({ ok: false, limited: { whom: 'account', ms: 3_000 } });
    permit!.end();
    const { ask, sent } = noting(limiter);
    ask();
    ask({ user: 'other' });
    await vi.advanceTimersByTimeAsync(2_990);
    expect(sent.map(({ user }) => user)).toEqual(['other']);
    await vi.advanceTimersByTimeAsync(50);
    expect(sent.map(({ user }) => user)).toEqual(['other', 'alice']);
  });

  it('whose requests are not answered leaves places for the others', async () => {
    const limiter = limiterOf();
    const stuck: unknown[] = [];
    for (let i = 0; i < 40; i += 1) void limiter.take(lookup({ user: 'slow' })).then((given) => stuck.push(given));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(stuck.length).toBeLessThan(10);
    const { ask, sent } = noting(limiter);
    ask({ user: 'other' });
    await vi.advanceTimersByTimeAsync(50);
    expect(sent).toHaveLength(1);
  });
});

describe('a venue that answers nothing', () => {
  it('holds up nothing at another', async () => {
    const limiter = limiterOf();
    for (const user of users(500)) void limiter.forOrder(order({ user })).then(({ permit }) => permit?.left());
    await vi.advanceTimersByTimeAsync(5_000);
    const { ask, sent } = noting(limiter);
    for (const user of users(100)) ask({ user, exchange: 'binance' });
    await vi.advanceTimersByTimeAsync(2_000);
    expect(sent).toHaveLength(100);
  });

  it('never finds more under way than it could take at once', async () => {
    const limiter = limiterOf();
    let given = 0;
    for (const user of users(500)) void limiter.forOrder(order({ user })).then(() => (given += 1));
    await vi.advanceTimersByTimeAsync(30_000);
    expect(given).toBeLessThanOrEqual(0.04 * 600);
  });
});

describe('a venue that asks to be left alone', () => {
  const told = async (limiter: Limiter, ms: number): Promise<void> => {
    const { permit } = await whenGiven(limiter.forOrder(order({ user: 'first' })));
    permit!.left();
    permit!.answered({ ok: false, limited: { whom: 'address', ms } });
    permit!.end();
  };

  it('hears nothing from any executor until exactly the time it told', async () => {
    const [one, other] = [limiterOf(), limiterOf()];
    await told(one, 7_000);
    const [own, others] = [noting(one), noting(other)];
    own.ask();
    others.ask({ user: 'bob' });
    await vi.advanceTimersByTimeAsync(6_990);
    expect([own.sent, others.sent]).toEqual([[], []]);
    await vi.advanceTimersByTimeAsync(60);
    expect([own.sent.length, others.sent.length]).toEqual([1, 1]);
  });

  it('stops what has its permit already, in every executor', async () => {
    const [one, other] = [limiterOf(), limiterOf()];
    const { permit } = await whenGiven(other.forOrder(order({ user: 'bob' })));
    await vi.advanceTimersByTimeAsync(60);
    expect(await permit!.confirm()).toBe(true);
    await told(one, 7_000);
    await vi.advanceTimersByTimeAsync(60);
    expect(await permit!.confirm()).toBe(false);
    expect(permit!.mayLeave()).toBe(false);
  });

  it('whose word to others is not known freshly lets nothing leave, whatever was known before', async () => {
    const [one, other] = [limiterOf(), limiterOf()];
    const { permit } = await whenGiven(other.forOrder(order({ user: 'bob' })));
    expect([await permit!.confirm(), permit!.mayLeave()]).toEqual([true, true]);
    await told(one, 7_000);
    await vi.advanceTimersByTimeAsync(60);
    expect([permit!.mayLeave(), await permit!.confirm(), permit!.mayLeave()]).toEqual([false, false, false]);
    await vi.advanceTimersByTimeAsync(7_000);
    expect([permit!.mayLeave(), await permit!.confirm(), permit!.mayLeave()]).toEqual([false, true, true]);
  });

  it.each([
    ['is under way already', false],
    ['then fails', true],
  ])('says so to every executor, also while a question to the database %s', async (_when, fails) => {
    const [one, other] = [limiterOf(), limiterOf()];
    const first = await whenGiven(one.forOrder(order({ user: 'first' })));
    const second = await whenGiven(one.forOrder(order({ user: 'second' })));
    const release = rows.hold();
    const waiting = one.forOrder(order({ user: 'third' }));
    await vi.advanceTimersByTimeAsync(20);
    first.permit!.left();
    first.permit!.answered({ ok: false, limited: { whom: 'address', ms: 7_000 } });
    second.permit!.end();
    rows.setAway(fails);
    release();
    await vi.advanceTimersByTimeAsync(20);
    rows.setAway(false);
    const { ask, sent } = noting(other);
    await vi.advanceTimersByTimeAsync(400);
    ask({ user: 'bob' });
    await vi.advanceTimersByTimeAsync(6_000);
    expect(sent).toEqual([]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(sent).toHaveLength(1);
    expect(await waiting).toMatchObject({ permit: { address: '192.0.2.1' } });
  });

  it('is asked again when our own clock was set back', async () => {
    let setBackMs = 0;
    const limiter = limiterOf({ clock: { now: () => clock.now() - setBackMs } });
    const { permit } = await whenGiven(limiter.forOrder(order()));
    expect([await permit!.confirm(), permit!.mayLeave()]).toEqual([true, true]);
    setBackMs = 3_600_000;
    expect(permit!.mayLeave()).toBe(false);
    expect([await permit!.confirm(), permit!.mayLeave()]).toEqual([true, true]);
  });

  it('is heard from another address, and its other host too', async () => {
    const limiter = limiterOf({ addresses: ['192.0.2.1', '192.0.2.2'] });
    await told(limiter, 7_000);
    const { ask, sent } = noting(limiter);
    for (const user of users(10)) ask({ user });
    ask({ exchange: 'binance' });
    await vi.advanceTimersByTimeAsync(500);
    expect(sent.length).toBeGreaterThan(1);
    expect(sent.length).toBeLessThan(11);
    expect(limiter.blockedUntil('bybit', 'live')).toBe(0);
  });

  it('longer than a trade may wait ends it at once, and says how long it would have taken', async () => {
    const limiter = limiterOf();
    await told(limiter, 600_000);
    const { ask, refused } = noting(limiter);
    ask();
    await vi.advanceTimersByTimeAsync(100);
    expect(refused).toHaveLength(1);
    expect(refused[0]!.waitMs).toBeGreaterThan(590_000);
  });
});

describe('what cannot make its age', () => {
  it('is told so at once, and nothing that can', async () => {
    const { ask, sent, refused } = noting(limiterOf());
    for (const user of users(3_000)) ask({ user, deadline: clock.now() + 10_000 });
    await vi.advanceTimersByTimeAsync(200);
    // 10 s at the venue's rate are good for about 1,140.
    expect(refused.length).toBeGreaterThan(1_750);
    expect(refused.length).toBeLessThan(1_950);
    expect(refused.every(({ waitMs }) => waitMs > 10_000 && waitMs < 30_000)).toBe(true);
    await vi.advanceTimersByTimeAsync(15_000);
    expect(sent.length + refused.length).toBe(3_000);
    expect(sent.length).toBeGreaterThan(1_080);
    expect(sent.every(({ at }) => at <= 10_000)).toBe(true);
  });
});

describe('a permit', () => {
  it('that was not used is given back', async () => {
    const limiter = limiterOf();
    for (let i = 0; i < 100; i += 1) {
      const { permit } = await whenGiven(limiter.forOrder(order()));
      permit!.end();
      permit!.end();
      await vi.advanceTimersByTimeAsync(15);
    }
    await vi.advanceTimersByTimeAsync(0);
    expect(limiter.status()).toMatchObject([{ underWay: 0 }]);
    // Five would have been the account's.
    const { ask, sent } = noting(limiter);
    for (let i = 0; i < 4; i += 1) ask();
    await vi.advanceTimersByTimeAsync(40);
    expect(sent).toHaveLength(4);
  });

  it('is given by nobody while the database is away, and then goes on', async () => {
    const { ask, sent } = noting(limiterOf());
    rows.setAway(true);
    ask();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(sent).toEqual([]);
    rows.setAway(false);
    await vi.advanceTimersByTimeAsync(600);
    expect(sent).toHaveLength(1);
  });

  it('is nobody’s when the process stops: who waits is told that', async () => {
    const limiter = limiterOf();
    rows.setAway(true);
    const waiting = limiter.forOrder(order());
    await vi.advanceTimersByTimeAsync(20);
    limiter.stop();
    await expect(waiting).rejects.toSatisfy((error) => isAppError(error, 'executor.stopping'));
    await expect(limiter.forOrder(order())).rejects.toSatisfy((error) => isAppError(error, 'executor.stopping'));
  });
});

describe('what the venue counts', () => {
  it('is believed: neighbours behind our address used most of the minute', async () => {
    const limiter = limiterOf();
    const read = (): Requested => lookup({ host: 'binance', urgency: 'read' });
    const first = await whenGiven(limiter.take(read()));
    first.permit!.left();
    // 20 s into a minute, with half an hour's worth of it gone.
    const venueNow = 1_790_000_000_000 - (1_790_000_000_000 % 60_000) + 20_000;
    first.permit!.answered({ ok: true, venueNow, budget: { usedWeight: { '1m': 5_900 }, usedOrders: {} } });
    first.permit!.end();
    const got: number[] = [];
    void limiter.take({ ...read(), deadline: clock.now() + 120_000 }).then(() => got.push(clock.now() - 1_790_000_000_000));
    await vi.advanceTimersByTimeAsync(30_000);
    expect(got).toEqual([]);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(got).toHaveLength(1);
  });

  it('of an account’s day stops it until tomorrow', async () => {
    const limiter = limiterOf();
    const { permit } = await whenGiven(limiter.forOrder(order({ exchange: 'binance' })));
    permit!.left();
    permit!.answered({ ok: true, venueNow: clock.now(), budget: { usedWeight: {}, usedOrders: { '1d': 199_000 } } });
    permit!.end();
    const { ask, refused, sent } = noting(limiter);
    ask({ exchange: 'binance' });
    ask({ exchange: 'binance', user: 'other' });
    await vi.advanceTimersByTimeAsync(1_100);
    expect(refused.map(({ user }) => user)).toEqual(['alice']);
    expect(sent.map(({ user }) => user)).toEqual(['other']);
  });

  it('may have more room than its documentation says', async () => {
    const limiter = limiterOf();
    limiter.tell('binance', 'live', [
      { rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: 1_000_000 },
      { rateLimitType: 'ORDERS', interval: 'SECOND', intervalNum: 10, limit: 1_000 },
    ]);
    const { ask, sent } = noting(limiter);
    for (let i = 0; i < 200; i += 1) ask({ exchange: 'binance' });
    await vi.advanceTimersByTimeAsync(1_500);
    expect(sent).toHaveLength(200);
  });
});
