import { fc } from '@latchkey/testkit';
import { describe, expect, it } from 'vitest';
import { readEncryptionKey } from './encryption-key.js';

const problem = (text: string): string => {
  const reading = readEncryptionKey(text);
  return reading.ok ? '' : reading.problem;
};

describe('ENCRYPTION_KEY', () => {
  it('is any 32 random bytes in hex, in either case', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.boolean(), (bytes, upper) => {
        fc.pre(new Set(bytes).size > 8);
        const hex = Buffer.from(bytes).toString('hex');
        const reading = readEncryptionKey(upper ? hex.toUpperCase() : hex);
        expect(reading.ok && reading.key.equals(bytes)).toBe(true);
      }),
    );
  });

  it.each([
    ['', 'exactly 64 hex digits'],
    ['ab12'.repeat(15), 'has 60 characters'],
    ['ab12'.repeat(17), 'has 68 characters'],
    ['g'.repeat(64), 'holds another character'],
    [`${'0123456789abcdef'.repeat(3)}0123456789abcde `, 'holds another character'],
    ['0'.repeat(64), 'all zeros'],
    ['f'.repeat(64), 'repeat the same bytes'],
    ['deadbeef'.repeat(8), 'repeat the same bytes'],
  ])('refuses "%s" and says why without quoting it', (text, expected) => {
    expect(problem(text)).toContain(expected);
    expect(problem(text)).toContain('openssl rand -hex 32');
    if (text.length > 8) expect(problem(text)).not.toContain(text.slice(0, 16));
  });
});
