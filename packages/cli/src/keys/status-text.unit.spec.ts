import { describe, expect, it } from 'vitest';
import { summaryOf } from './status-text.js';

const rotated = { keyId: '0ddfbca2b70cb0aa', rewrapped: 7, damaged: 0, unavailable: 0, remaining: 0, done: true, calls: 1 };

describe('the summary of a rotation', () => {
  it('is one line when all went well', () => {
    expect(summaryOf(rotated)).toBe('7 rows re-wrapped; everything is under 0ddfbca2b70cb0aa');
  });

  it('says of damaged rows what became of them, and which of them keep a key from being retired', () => {
    const [, ...damage] = summaryOf({ ...rotated, damaged: 2, remaining: 1 }).split('\n');
    const about = (what: string) => damage.find((line) => line.trim().startsWith(what));
    expect(damage[0]).toMatch(/^2 damaged rows were not re-wrapped/);
    expect(about('API keys')).toMatch(/users were told.*do not keep a key from being retired/);
    expect(about('pending key pairs')).toMatch(/destroyed/);
    expect(about('sealing keys')).toMatch(/keep their master key from being retired until/);
    expect(about('the fingerprint key')).toMatch(/keeps its master key from being retired until/);
  });
});
