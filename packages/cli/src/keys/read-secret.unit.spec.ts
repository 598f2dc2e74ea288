import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, describe, expect, it } from 'vitest';
import { readSecret } from './read-secret.js';

const folder = mkdtempSync(join(tmpdir(), 'latchkey-secret-'));
afterAll(() => rmSync(folder, { recursive: true }));
const piped = (...chunks: readonly string[]) => Readable.from(chunks.map((chunk) => Buffer.from(chunk)));

describe('an API secret', () => {
  it.each([
    ['in one piece', ['secret'], 'secret'],
    ['in many', ['se', 'cr', 'et\n'], 'secret'],
    ['with a line break', ['secret\r\n'], 'secret'],
    ['of several lines', ['-----BEGIN\nabc\n-----END\n'], '-----BEGIN\nabc\n-----END'],
    ['with spaces, which are not ours to judge', [' secret '], ' secret '],
  ] as const)('is read from a pipe %s', async (_what, chunks, secret) => {
    expect((await readSecret(undefined, piped(...chunks))).toString()).toBe(secret);
  });

  it('is read from a file', async () => {
    const path = join(folder, 'secret');
    writeFileSync(path, 'secret\n');
    expect((await readSecret(path, piped('another'))).toString()).toBe('secret');
  });

  it.each([
    ['nothing', piped()],
    ['a line break alone', piped('\n')],
    ['what never ends', piped(...Array.from({ length: 20 }, () => 'x'.repeat(1_000)))],
    ['a terminal, which would show it', Object.assign(piped('secret'), { isTTY: true })],
  ])('is not read from %s', async (_what, input) => {
    await expect(readSecret(undefined, input)).rejects.toMatchObject({ code: 'cli.bad_option' });
  });

  it('is not read from a file that is not there', async () => {
    await expect(readSecret(join(folder, 'nothing'))).rejects.toMatchObject({ code: 'cli.bad_option' });
  });
});
