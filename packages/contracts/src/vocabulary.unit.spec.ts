import { describe, expect, it } from 'vitest';
import { decimalString } from './vocabulary.js';

describe('a decimal on the wire', () => {
  it.each([
    ['0.010', '0.01'],
    [' 100 ', '100'],
    ['+7', '7'],
    ['1e3', '1000'],
    ['1e-7', '0.0000001'],
  ])('%j is read as %j, its one spelling', (written, read) => {
    expect(decimalString.parse(written)).toBe(read);
  });

  // What is read must be fit to be written again: into an event, a reply, another decimal.
  it.each(['1e999', '1e-999', '1e64'])('%s is refused: its digits are beyond any amount', (written) => {
    expect(decimalString.safeParse(written).success).toBe(false);
  });

  it.each(['', 'NaN', 'Infinity', '0x10', '1,5', '--1', '1e', '٣'])('%j is refused', (written) => {
    expect(decimalString.safeParse(written).success).toBe(false);
  });
});
