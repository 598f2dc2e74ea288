import { fc } from '@latchkey/testkit';
import { describe, expect, it } from 'vitest';
import { readKeyring } from './keyring-text.js';

const [a, b, c] = [
  '00112233445566778899aabbccddeeff0123456789abcdeffedcba9876543210',
  'f0e1d2c3b4a5968778695a4b3c2d1e0f0123456789abcdeffedcba9876543210',
  '1f2e3d4c5b6a798801234567890abcdef0123456789abcdeffedcba987654321',
];
const read = (text: string) => readKeyring(Buffer.from(text));
const problem = (text: string): string => {
  const reading = read(text);
  return reading.ok ? '' : reading.problem;
};

describe('a keyring file', () => {
  it('names one key that writes and any number that are only read with, in any order', () => {
    const reading = read(`# the ring\n\nreading ${b}\ncurrent ${a}\r\n\treading   ${c.toUpperCase()}  `);
    expect(reading.ok && [reading.current, ...reading.reading].map((key) => key.toString('hex'))).toEqual([a, b, c]);
  });

  it.each([
    ['', 'no line begins with "current"'],
    [`reading ${a}`, 'no line begins with "current"'],
    [`current ${a}\ncurrent ${b}`, '2 lines begin with "current"'],
    [`current ${a}\nfuture ${b}`, 'line 2 begins with neither'],
    [a, 'line 1 begins with neither'],
    ['current', 'line 1 does not have exactly one key'],
    [`current ${a} ${b}`, 'line 1 does not have exactly one key'],
    [`current ${a}\nreading ${b.slice(1)}`, 'the key in line 2 must be exactly 64 hex digits, but has 63 characters'],
    [`current ${a}\nreading ${'0'.repeat(64)}`, 'the key in line 2 must not be all zeros'],
    [`current ${a}\n${`reading ${b}\n`.repeat(16)}`, 'at most 16'],
  ])('%# is refused by the number of a line, without quoting it', (text, expected) => {
    expect(problem(text)).toContain(expected);
    expect(problem(text)).toContain('each line is "current <64 hex digits>"');
    for (const key of [a, b]) expect(problem(text)).not.toContain(key.slice(0, 12));
  });

  it('never throws, and never quotes, whatever stands in it', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constantFrom('current ', 'reading ', a, b, '\n', '#', ' '), fc.string())), (pieces) => {
        const text = pieces.join('');
        const reading = read(text);
        if (!reading.ok) expect([a, b].some((key) => reading.problem.includes(key))).toBe(false);
      }),
    );
  });
});
