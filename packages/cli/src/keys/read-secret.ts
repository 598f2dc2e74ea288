import { readFileSync } from 'node:fs';
import { maxSecretBytes } from '@latchkey/sealing';
import { CliError } from '../errors.js';

const lineFeed = 10;
const carriageReturn = 13;

/** Without the line break that editors and `echo` leave behind. @returns memory of its own; the caller overwrites it after use */
const secretOf = (read: Buffer): Buffer => {
  let end = read.length;
  if (read[end - 1] === lineFeed) end -= read[end - 2] === carriageReturn ? 2 : 1;
  const secret = Buffer.alloc(Math.max(end, 0));
  read.copy(secret, 0, 0, end);
  read.fill(0);
  if (secret.length === 0 || secret.length > maxSecretBytes) {
    secret.fill(0);
    throw new CliError('cli.bad_option', `the API secret must have 1 to ${maxSecretBytes} bytes; check what was piped in`);
  }
  return secret;
};

const fileOf = (path: string): Buffer => {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new CliError('cli.bad_option', `the file with the API secret, "${path}", cannot be read`, {}, { cause });
  }
};

type Input = AsyncIterable<Buffer> & { readonly isTTY?: boolean };

/**
 * An API secret from a file or from standard input: an argument would stand in the list of processes and in the shell's history, and what
 * is typed at a terminal on the screen.
 *
 * @throws {CliError} `cli.bad_option`
 */
export const readSecret = async (file: string | undefined, input: Input = process.stdin): Promise<Buffer> => {
  if (file !== undefined) return secretOf(fileOf(file));
  if (input.isTTY === true) {
    throw new CliError(
      'cli.bad_option',
      'pipe the API secret in, or name its file with --secret-file; without showing it: read -rs SECRET; printf %s "$SECRET" | latchkey keys add …',
    );
  }
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of input) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > maxSecretBytes + 2) break; // what is longer is no secret, however long it goes on
  }
  const read = Buffer.alloc(length);
  let at = 0;
  for (const chunk of chunks) {
    read.set(chunk, at);
    at += chunk.length;
    chunk.fill(0);
  }
  return secretOf(read);
};
