import { randomUUID } from 'node:crypto';
import { AppError, type Decider } from '@latchkey/kernel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ServiceEvent } from '@latchkey/contracts';
import { withTransaction } from '../postgres/transaction.js';
import { logDatabase, metadata, strategyCreated, type LogDatabase } from '../testing/fixture.js';
import { createAggregate } from './aggregate.js';
import { createEventStore } from './event-store.js';

let db: LogDatabase;
beforeAll(async () => {
  db = await logDatabase();
});
afterAll(() => db.remove());

type Event = Extract<ServiceEvent<'gateway'>, { type: 'StrategyCreated' }>;
type State = readonly string[];

/** Takes each name once, at most three. */
const names: Decider<State, string, Event> = {
  initial: [],
  decide: (name, state) => {
    if (state.includes(name)) return [];
    if (state.length === 3) throw new AppError('spec.full', 'three names are enough');
    return [strategyCreated(name) as Event];
  },
  evolve: (state, { data }) => [...state, data.name],
};
const store = createEventStore({ service: 'gateway' });
const strategies = createAggregate({ store, decider: names, streamOf: (id: string) => `strategy-${id}` });
const handle = (id: string, name: string) => withTransaction(db.pool, (tx) => strategies.handle(tx, id, name, metadata()));

describe('a command', () => {
  it('is decided on what was recorded before it', async () => {
    const id = randomUUID();
    const [first] = await handle(id, 'a');
    expect(first).toMatchObject({ type: 'StrategyCreated', version: 1, streamId: `strategy-${id}` });
    expect(await handle(id, 'a')).toEqual([]);
    await handle(id, 'b');
    expect(await strategies.state(db.pool, id)).toEqual(['a', 'b']);
  });

  it('is decided again when another one came in between, so that nothing is lost or done twice', async () => {
    const id = randomUUID();
    const outcomes = await Promise.allSettled(['a', 'b', 'b', 'a', 'c', 'd'].map((name) => handle(id, name)));
    const state = await strategies.state(db.pool, id);
    expect(state).toHaveLength(3);
    expect(new Set(state).size).toBe(3);
    const refused = outcomes.filter(({ status }) => status === 'rejected');
    expect(refused.map((outcome) => (outcome as PromiseRejectedResult).reason as AppError)).toEqual(
      refused.map(() => expect.objectContaining({ code: 'spec.full' }) as AppError),
    );
  });
});

describe('commands for many', () => {
  it('are read and written together, and all or nothing', async () => {
    const ids = Array.from({ length: 50 }, () => randomUUID());
    const all = (name: string) => ids.map((id) => ({ id, command: name, metadata: metadata() }));
    await handle(ids[7]!, 'a');
    const recorded = await withTransaction(db.pool, (tx) => strategies.handleMany(tx, all('a')));
    expect(recorded).toHaveLength(49);
    for (const name of ['b', 'c']) await handle(ids[3]!, name);
    await expect(withTransaction(db.pool, (tx) => strategies.handleMany(tx, all('d')))).rejects.toMatchObject({
      code: 'spec.full',
    });
    expect(await strategies.state(db.pool, ids[0]!)).toEqual(['a']);
  });
});
