import { fc } from '@latchkey/testkit';
import { describe, expect, it } from 'vitest';
import { allOf } from '../testing/all-of.js';
import { readCsv } from './read-csv.js';

async function* piecesOf(text: string, size: number): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
}
const read = (text: string, size = 7) => allOf(readCsv(piecesOf(text, size)));

// As COPY … CSV does: quotes where they are needed, doubled within.
const written = (records: readonly (readonly string[])[]): string =>
  records
    .map((record) => record.map((field) => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(','))
    .join('\n');

describe('CSV', () => {
  it('is read as it was written, whatever is in its fields and wherever its pieces end', async () => {
    const field = fc.string({ unit: fc.constantFrom('a', 'é', '😀', ' ', ',', '"', '\n', '\r', ':', '{') });
    const record = fc.array(field, { minLength: 2, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(fc.array(record, { maxLength: 5 }), fc.integer({ min: 1, max: 9 }), async (records, size) => {
        expect(await read(written(records), size)).toEqual(records);
      }),
    );
  });

  it.each([
    [
      'a line break at its end',
      'a,b\n1,2\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'line breaks of Windows and a byte order mark',
      '\uFEFFa,b\r\n1,2\r\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'empty fields',
      'a,\n,b',
      [
        ['a', ''],
        ['', 'b'],
      ],
    ],
    [
      'empty lines, which hold nothing',
      'a,b\n\n1,2\n\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    ['nothing', '', []],
  ])('may have %s', async (_what, text, records) => {
    expect(await read(text)).toEqual(records);
  });

  it.each([
    ['a quote that is not closed', 'a,b\n"1,2', 'line 2'],
    ['a quote in the middle', 'a,b\n1"2,3', 'line 2'],
    ['more after a quoted field', '"a"b,c', 'line 1'],
    ['a quote missing far above', `"${'x'.repeat(1_000_001)}`, 'line 1'],
  ])('is refused with %s, and not quoted', async (_what, text, where) => {
    await expect(read(text, 100_000)).rejects.toMatchObject({
      code: 'cli.source_unreadable',
      message: expect.stringContaining(where),
    });
  });
});
