import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeEnvelope } from './envelope.js';
import { eventTable, isEventType, subjectOf } from './event-table.js';
import { toLatest } from './upcast.js';

const folder = new URL('../golden/', import.meta.url);
const recordings = readdirSync(folder).filter((name) => name.endsWith('.json'));
const read = (name: string) => decodeEnvelope(readFileSync(new URL(name, folder), 'utf8'));

describe('golden recordings', () => {
  it.each(recordings)('%s is still understood', (name) => {
    const recorded = read(name);
    expect(name.replace(/\+[a-zA-Z-]+\.json$/, '.json')).toBe(`${recorded.type}.v${recorded.eventversion}.json`);
    const latest = toLatest({ type: recorded.type, v: recorded.eventversion, data: recorded.data });
    if (!isEventType(latest.type)) throw new TypeError(`${latest.type} left the table, but was published`);
    expect(latest.v).toBe(eventTable[latest.type].v);
    expect(recorded.subject).toBe(subjectOf(eventTable[latest.type], latest.data));
    expect(recorded.source).toBe(`/latchkey/${eventTable[latest.type].owner}`);
  });

  it('exist for every event of the table, in its latest version', () => {
    const missing = Object.entries(eventTable)
      .map(([type, { v }]) => `${type}.v${v}.json`)
      .filter((name) => !recordings.includes(name));
    expect(missing).toEqual([]);
  });
});
