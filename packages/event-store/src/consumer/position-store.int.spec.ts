import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { advance, arrival, confirm } from '../domain/position.js';
import { logDatabase, type LogDatabase } from '../testing/fixture.js';
import { loadPosition, savePosition } from './position-store.js';

let own: LogDatabase;
beforeAll(async () => {
  own = await logDatabase('trade-executor');
});
afterAll(() => own.remove());

describe('a stored position', () => {
  it('does not take what it saw of a lost history for seen in a new epoch', async () => {
    const definition = {
      durable: 'trade-executor-signals',
      service: 'trade-executor',
      source: 'gateway',
      filter: 'evt.gateway.signal.received.>',
    } as const;
    const name = definition.durable;
    let at = await loadPosition(own.pool, definition);
    at = await savePosition(own.pool, name, at, { epoch: 1, logseq: 3, subjects: new Map([['a', 99]]) });
    at = await savePosition(own.pool, name, at, confirm(at, 1, 100)); // the subject's row stays behind
    at = await savePosition(own.pool, name, at, advance(at, { epoch: 2, logseq: 50, prev: 10, subject: 'b' }, false));
    expect(await loadPosition(own.pool, definition)).toMatchObject({ epoch: 2, logseq: 50 });
    const later = { epoch: 2, logseq: 60, prev: 40, subject: 'a' };
    expect(arrival(await loadPosition(own.pool, definition), later, false)).toBe('next');
  });
});
