import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { encodings, packings } from './encodings.js';
import { createScanner, holds } from './scanner.js';
import { pack } from './unpack.js';

const letters = (length: number): string => randomBytes(length).toString('base64').replaceAll(/[+/=]/g, 'x').slice(0, length);

const canaries = Array.from({ length: 400 }, (_, i) => ({ name: `canary ${i}`, text: letters([36, 64, 24][i % 3] as number) }));
const scanner = createScanner(canaries);
const some = canaries.filter((_, i) => i % 37 === 0);

const within = (bytes: Buffer, before: number): Buffer => Buffer.concat([randomBytes(before), bytes, randomBytes(20)]);

describe('the scanner', () => {
  it('finds nothing where nothing is', () => {
    expect(scanner.scan(randomBytes(4_000_000))).toEqual([]);
    expect(scanner.scan(Buffer.from(letters(4_000_000)))).toEqual([]);
    expect(scanner.scan(Buffer.alloc(3))).toEqual([]);
  });

  it.each(encodings.map(({ name, write }) => ({ name, write })))('finds $name, wherever it stands', ({ name, write }) => {
    for (const [i, { name: canary, text }] of some.entries()) {
      const hits = scanner.scan(within(write(Buffer.from(text)), 100 + i));
      expect(hits).toContainEqual(expect.objectContaining({ canary, encoding: name }));
      expect(new Set(hits.map((hit) => hit.canary))).toEqual(new Set([canary]));
    }
  });

  it.each(encodings.filter(({ needles }) => needles(Buffer.alloc(24)).length > 1).map(({ name, write }) => ({ name, write })))(
    'finds it within something longer that is $name, at each alignment',
    ({ name, write }) => {
      for (const { name: canary, text } of some) {
        for (let before = 0; before < 10; before += 1) {
          const whole = write(Buffer.concat([randomBytes(before), Buffer.from(text), randomBytes(7)]));
          expect(scanner.search(whole)).toContainEqual(expect.objectContaining({ canary, encoding: name }));
        }
      }
    },
  );

  it.each(packings)('finds it in %s', (packing) => {
    for (const { name: canary, text } of some) {
      const hits = scanner.scan(
        Buffer.concat([Buffer.from('\n"'), pack[packing](Buffer.from(`before ${text} after`)), Buffer.from('"\n')]),
      );
      expect(hits).toContainEqual(expect.objectContaining({ canary }));
    }
  });

  it('finds a half of it, whichever', () => {
    for (const { name: canary, text } of some.filter((one) => one.text.length === 64)) {
      for (const half of [text.slice(0, 32), text.slice(32), text.slice(17, 17 + 32)])
        expect(scanner.search(Buffer.from(`"${half}…"`))).toContainEqual({ canary, encoding: 'raw', at: expect.any(Number) });
    }
  });

  it('finds what is no letter', () => {
    const text = 'p4ß"\\<>&+/=漢字🔑 and a pass phrase';
    for (const form of [text, JSON.stringify(text).slice(1, -1), encodeURIComponent(text)])
      expect(holds(`x${form}y`, text)).toBe(true);
  });
});
