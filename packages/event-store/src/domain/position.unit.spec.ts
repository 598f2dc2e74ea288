import { fc } from '@latchkey/testkit';
import { describe, expect, it } from 'vitest';
import { advance, arrival, confirm, isAhead, isBehind, origin, type Place, type Position } from './position.js';

const at = (epoch: number, logseq: number, subjects: Record<string, number> = {}): Position => ({
  epoch,
  logseq,
  subjects: new Map(Object.entries(subjects)),
});
const place = (epoch: number, logseq: number, prev = logseq - 1, subject = 'a'): Place => ({ epoch, logseq, prev, subject });

describe('an arriving event', () => {
  it.each([
    [place(1, 5), 'duplicate'],
    [place(1, 6), 'next'],
    [place(1, 7), 'gap'],
    [place(2, 6), 'gap'], // a new epoch: only its source knows where it starts
  ])('at 1:5 of a whole log: %j is %s', (arriving, kind) => {
    expect(arrival(at(1, 5), arriving, true)).toBe(kind);
  });
  it('of an older epoch was handled, or lost with it', () => expect(arrival(at(2, 5), place(1, 99), true)).toBe('duplicate'));
  it('on one subject of some does not hide a hole on another', () => {
    const position = advance(at(1, 0), place(1, 2, 0, 'b'), false);
    expect(arrival(position, place(1, 3, 1, 'a'), false)).toBe('gap');
    expect(arrival(position, place(1, 1, 0, 'a'), false)).toBe('next');
    expect(arrival(position, place(1, 2, 0, 'b'), false)).toBe('duplicate');
  });
  it('of a new epoch makes what was seen past its beginning count no more', () => {
    const position = advance(at(1, 110, { a: 112 }), place(2, 101), false);
    expect(position).toEqual(at(2, 101, { a: 100 }));
    expect(confirm(at(1, 110), 2, 90)).toEqual(at(2, 90));
  });
});

describe('a head announcement', () => {
  it('tells a consumer that it is behind', () => {
    expect([
      isBehind(at(1, 5), { epoch: 1, logseq: 5 }),
      isBehind(at(1, 5), { epoch: 1, logseq: 6 }),
      isBehind(at(1, 5), { epoch: 2, logseq: 3 }),
    ]).toEqual([false, true, true]);
  });
  it('or that its source has forgotten something', () => {
    expect([
      isAhead(at(1, 5), { epoch: 1, logseq: 4 }),
      isAhead(at(2, 5), { epoch: 1, logseq: 9 }),
      isAhead(at(1, 5, { a: 7 }), { epoch: 1, logseq: 6 }),
    ]).toEqual([true, true, true]);
    expect(isAhead(at(1, 5), { epoch: 1, logseq: 5 })).toBe(false);
  });
});

describe('whatever a broker does', () => {
  const subjects = ['a', 'b', 'c', 'other'];
  // A log over the subjects, then deliveries of it: lost, repeated, out of order, and now and then a look at the head.
  const history = fc.array(fc.constantFrom(...subjects), { minLength: 1, maxLength: 40 });
  const deliveries = fc.array(
    fc.oneof({ weight: 8, arbitrary: fc.nat(39) }, { weight: 1, arbitrary: fc.constant('look' as const) }),
    { maxLength: 120 },
  );

  it.each([true, false])('every event that concerns a consumer is handled exactly once (whole log: %s)', (whole) => {
    fc.assert(
      fc.property(history, deliveries, (history_, arrivals) => {
        const last = new Map<string, number>();
        const log = history_.map((subject, i): Place => {
          const prev = last.get(subject) ?? 0;
          last.set(subject, i + 1);
          return { epoch: 1, logseq: i + 1, prev, subject };
        });
        const concerns = ({ subject }: Place) => whole || subject !== 'other';
        const handled: number[] = [];
        let position: Position = origin;
        const handle = (event: Place) => {
          handled.push(event.logseq);
          position = advance(position, event, whole);
        };
        const catchUp = (through: number) => {
          const answer = log.filter((event) => concerns(event) && event.logseq > position.logseq && event.logseq <= through);
          for (const event of answer) if (arrival(position, event, whole) !== 'duplicate') handle(event);
          position = confirm(position, 1, through);
        };
        for (const arriving of [...arrivals, 'look' as const]) {
          if (arriving === 'look') catchUp(log.length);
          else {
            const event = log[arriving];
            if (!event || !concerns(event)) continue;
            const kind = arrival(position, event, whole);
            if (kind === 'next') handle(event);
            if (kind === 'gap') catchUp(event.logseq);
          }
        }
        expect([...handled].sort((a, b) => a - b)).toEqual(log.filter(concerns).map(({ logseq }) => logseq));
        for (const subject of subjects) {
          const order = handled.filter((logseq) => log[logseq - 1]?.subject === subject);
          expect(order).toEqual([...order].sort((a, b) => a - b)); // a subject's order holds
        }
        expect(position).toEqual({ epoch: 1, logseq: log.length, subjects: new Map() });
      }),
    );
  });
});
