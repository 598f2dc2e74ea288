import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPermitQueue, type Urgency, type Waiting } from './permit-queue.js';

type Item = Waiting & { readonly id: number };
const all = () => true;

const queueOf = (waiting: readonly (readonly [Urgency, string])[]) => {
  const queue = createPermitQueue<Item>();
  waiting.forEach(([urgency, user], id) => queue.push({ urgency, user, id }));
  return queue;
};
const drain = (queue: ReturnType<typeof queueOf>, ready: (item: Item) => boolean = all): Item[] => {
  const served: Item[] = [];
  for (let item = queue.next(ready); item; item = queue.next(ready)) served.push(item);
  return served;
};
const many = (count: number, urgency: Urgency, user: (i: number) => string = String) =>
  Array.from({ length: count }, (_, i) => [urgency, user(i)] as const);

describe('what closes a position', () => {
  it('overtakes everything else that waits', () => {
    const queue = queueOf([
      ...many(50, 'opening'),
      ...many(5, 'lookup'),
      ['service', ''],
      ['closing', 'zoe'],
      ['closing', 'yan'],
    ]);
    expect(
      drain(queue)
        .slice(0, 3)
        .map(({ urgency }) => urgency),
    ).toEqual(['closing', 'closing', 'service']);
  });
});

describe('look-ups', () => {
  it('get a fifth while entries wait too', () => {
    const served = drain(queueOf([...many(200, 'opening'), ...many(200, 'lookup')])).slice(0, 100);
    expect(served.filter(({ urgency }) => urgency === 'lookup')).toHaveLength(20);
  });
  it('lend their share when none waits, and get everything when nothing else does', () => {
    expect(drain(queueOf(many(100, 'opening')))).toHaveLength(100);
    expect(drain(queueOf(many(100, 'lookup')))).toHaveLength(100);
  });
  it('are served at once after a long time without one', () => {
    const queue = queueOf(many(100, 'opening'));
    for (let i = 0; i < 50; i += 1) queue.next(all);
    queue.push({ urgency: 'lookup', user: 'late', id: -1 });
    expect(queue.next(all)?.id).toBe(-1);
  });
});

describe('users', () => {
  it('take turns: somebody with a hundred entries delays another by one', () => {
    const queue = queueOf([...many(100, 'opening', () => 'many'), ['opening', 'one']]);
    expect(
      drain(queue)
        .slice(0, 2)
        .map(({ user }) => user),
    ).toEqual(['many', 'one']);
  });
  it('who are not ready are passed over and keep their place', () => {
    const queue = queueOf([
      ['opening', 'dry'],
      ['opening', 'wet'],
      ['opening', 'dry'],
    ]);
    expect(drain(queue, ({ user }) => user !== 'dry').map(({ id }) => id)).toEqual([1]);
    expect(drain(queue).map(({ id }) => id)).toEqual([0, 2]);
  });
  it('are served in the order of their own arrival, each equally often, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 60 }), (users) => {
        const served = drain(queueOf(users.map((user) => ['opening', `u${user}`] as const)));
        expect(served).toHaveLength(users.length);
        const waiting = new Map<string, number>();
        for (const user of users) waiting.set(`u${user}`, (waiting.get(`u${user}`) ?? 0) + 1);
        const had = new Map<string, number>();
        const last = new Map<string, number>();
        for (const { user, id } of served) {
          expect(id).toBeGreaterThan(last.get(user) ?? -1);
          last.set(user, id);
          // Nobody who still waits is two turns behind.
          for (const [other, count] of waiting)
            if ((had.get(other) ?? 0) < count) expect((had.get(user) ?? 0) - (had.get(other) ?? 0)).toBeLessThan(2);
          had.set(user, (had.get(user) ?? 0) + 1);
        }
      }),
    );
  });
});

describe('what was taken and could not go', () => {
  it('is first again', () => {
    const queue = queueOf(many(3, 'opening'));
    queue.restore([queue.next(all)!, queue.next(all)!]);
    expect(drain(queue).map(({ id }) => id)).toEqual([0, 1, 2]);
  });
});

describe('what is ahead of a request', () => {
  it('is never more than what is really served before it', () => {
    const kinds: readonly Urgency[] = ['closing', 'service', 'lookup', 'opening', 'read'];
    const waiting = fc.array(fc.tuple(fc.constantFrom(...kinds), fc.integer({ min: 0, max: 4 })), { maxLength: 50 });
    fc.assert(
      fc.property(waiting, (given) => {
        const queue = queueOf(given.map(([urgency, user]) => [urgency, `u${user}`] as const));
        const told = new Map([...queue.ahead(() => 1)].map(({ item, ahead }) => [item.id, ahead]));
        expect(told.size).toBe(given.length);
        drain(queue).forEach(({ id }, before) => {
          // The two that share do not take turns to the request: half a turn of each is the difference.
          expect(told.get(id)).toBeLessThanOrEqual(before + 5);
          expect(told.get(id)).toBeGreaterThanOrEqual(before - 5);
        });
      }),
    );
  });
});
