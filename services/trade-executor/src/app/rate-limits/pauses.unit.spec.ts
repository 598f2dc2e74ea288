import { describe, expect, it, vi } from 'vitest';
import {
  clock,
  limiterOf,
  noting,
  order,
  playInFakeTime,
  rows,
  users,
  whenGiven,
  type Limiter,
} from './testing/limiter-bench.js';

playInFakeTime();

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
    // The database answers nothing: how old the last answer is, is all that it goes by.
    const release = rows.hold();
    await vi.advanceTimersByTimeAsync(60);
    expect(permit!.mayLeave()).toBe(false);
    release();
    await told(one, 7_000);
    await vi.advanceTimersByTimeAsync(60);
    expect([permit!.mayLeave(), await permit!.confirm(), permit!.mayLeave()]).toEqual([false, false, false]);
    await vi.advanceTimersByTimeAsync(7_000);
    expect([await permit!.confirm(), permit!.mayLeave()]).toEqual([true, true]);
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
