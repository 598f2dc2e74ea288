import { createReadStream } from 'node:fs';
import { CliError } from '../errors.js';

/** A file's text, piece by piece. @throws {CliError} `cli.source_unreadable` */
export async function* readText(path: string): AsyncGenerator<string> {
  try {
    for await (const chunk of createReadStream(path, { encoding: 'utf8' })) yield chunk as string;
  } catch (cause) {
    throw new CliError('cli.source_unreadable', `"${path}" cannot be read`, {}, { cause });
  }
}

/** The same, line by line, without their ends. */
export async function* readLines(path: string): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of readText(path)) {
    const lines = `${rest}${chunk}`.split(/\r?\n/);
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}
