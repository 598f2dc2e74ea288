import { isAppError } from '@latchkey/kernel';
import { describe, expect, it, vi } from 'vitest';
import type { Permit, Requested } from '../ports/permits.js';
import { clock, limiterOf, lookup, noting, order, playInFakeTime, rows, users, whenGiven } from './testing/limiter-bench.js';

playInFakeTime();

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

describe('a process', () => {
  it('prepares no more requests at once than it is quick enough for; what waits for its venue takes no place', async () => {
    const limiter = limiterOf({ keep: false, mostLeaving: () => 10 });
    const leaving: (() => void)[] = [];
    for (const user of users(100)) void limiter.forOrder(order({ user })).then(({ permit }) => leaving.push(permit!.left));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(leaving).toHaveLength(10);
    // They leave, and none of them is answered.
    for (const leave of leaving.slice(0, 7)) leave();
    await vi.advanceTimersByTimeAsync(100);
    expect(leaving).toHaveLength(17);
  });

  it('gives the place of a request that never left to the next', async () => {
    const limiter = limiterOf({ keep: false, mostLeaving: () => 1 });
    const given: Permit[] = [];
    for (const user of users(3)) void limiter.forOrder(order({ user })).then(({ permit }) => given.push(permit!));
    await vi.advanceTimersByTimeAsync(100);
    expect(given).toHaveLength(1);
    given[0]!.end();
    given[0]!.end();
    given[0]!.left();
    await vi.advanceTimersByTimeAsync(100);
    expect(given).toHaveLength(2);
  });
});

describe('a request that was not sent in time', () => {
  it('says whether a limit was in its way, or this process', async () => {
    const answers: unknown[] = [];
    const ask = async (limiter: ReturnType<typeof limiterOf>): Promise<void> => {
      answers.push(await limiter.forOrder(order({ user: 'bob', deadline: clock.now() + 300 })));
    };
    const busy = limiterOf({ keep: false, mostLeaving: () => 1 });
    const { permit } = await whenGiven(busy.forOrder(order()));
    void ask(busy);
    await vi.advanceTimersByTimeAsync(2_000);
    permit!.end();
    const limited = limiterOf();
    const first = await whenGiven(limited.forOrder(order()));
    first.permit!.answered({ ok: false, limited: { whom: 'address', ms: 7_000 } });
    void ask(limited);
    await vi.advanceTimersByTimeAsync(8_000);
    expect(answers).toEqual([{ waitMs: expect.any(Number), busy: true }, { waitMs: expect.any(Number) }]);
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
