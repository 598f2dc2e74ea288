import { describe, expect, it } from 'vitest';
import { table } from './output.js';
import { seconds } from './token.js';

describe('a duration', () => {
  it.each([
    ['90s', 90],
    ['15m', 900],
    ['12h', 43_200],
    ['1d', 86_400],
  ])('%s is %i seconds', (text, expected) => {
    expect(seconds(text)).toBe(expected);
  });

  it.each(['', '12', 'h', '-1h', '1w', '1.5h', '9999999s'])('refuses %j and says how to write one', (text) => {
    expect(() => seconds(text)).toThrow(
      expect.objectContaining({ code: 'cli.bad_option', message: expect.stringContaining('15m') }),
    );
  });
});

it('a table is as wide as its widest cells and has no trailing blanks', () => {
  expect(
    table(
      ['a', 'long'],
      [
        ['bbb', 'c'],
        ['', 'd'],
      ],
    ),
  ).toBe('a    long\nbbb  c\n     d');
});
