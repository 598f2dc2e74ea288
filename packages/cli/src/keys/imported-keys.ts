import { z } from 'zod';
import { CliError } from '../errors.js';
import { readLines } from '../import/read-text.js';
import type { KeyToVerify } from './verify-keys.js';

const line = z.object({ ok: z.boolean(), userId: z.string().optional(), exchange: z.string() });

/** The keys that stand in the vault after an import, as its report names them. @throws {CliError} `cli.source_unreadable` */
export async function* importedKeys(report: string): AsyncGenerator<KeyToVerify> {
  for await (const text of readLines(report)) {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      value = undefined;
    }
    const read = line.safeParse(value);
    if (!read.success) throw new CliError('cli.source_unreadable', `"${report}" is no report of \`keys import\``);
    const { ok, userId, exchange } = read.data;
    if (ok && userId !== undefined) yield { userId, exchange };
  }
}
