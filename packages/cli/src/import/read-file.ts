import { CliError } from '../errors.js';
import type { SourceRow } from './older-rows.js';
import { readCsv } from './read-csv.js';
import { readLines, readText } from './read-text.js';

const unreadable = (message: string): CliError => new CliError('cli.source_unreadable', message);

/** CSV with a header, a row at a time. */
async function* rowsOfCsv(path: string): AsyncGenerator<SourceRow> {
  let header: readonly string[] | undefined;
  for await (const fields of readCsv(readText(path))) {
    if (!header) {
      header = fields;
      continue;
    }
    if (fields.length !== header.length)
      throw unreadable(`a row of "${path}" has ${fields.length} fields and the header ${header.length}; export it anew`);
    yield Object.fromEntries(header.map((name, i) => [name, fields[i] ?? '']));
  }
}

/** A JSON object a line, as `select row_to_json(t)` gives them. */
async function* rowsOfJsonLines(path: string): AsyncGenerator<SourceRow> {
  let line = 0;
  for await (const text of readLines(path)) {
    line += 1;
    if (text.trim() === '') continue;
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      value = undefined; // without the parser's message, which quotes the line
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw unreadable(`line ${line} of "${path}" is no JSON object`);
    yield value as SourceRow;
  }
}

/**
 * The rows of an exported table, as a stream.
 *
 * @param path ends in `.csv`, or in `.jsonl` or `.ndjson`
 * @throws {CliError} `cli.bad_option`, `cli.source_unreadable`
 */
export const readFileRows = (path: string): AsyncGenerator<SourceRow> => {
  if (/\.csv$/i.test(path)) return rowsOfCsv(path);
  if (/\.(?:jsonl|ndjson)$/i.test(path)) return rowsOfJsonLines(path);
  throw new CliError('cli.bad_option', `"${path}" is neither .csv (with a header) nor .jsonl or .ndjson (an object a line)`);
};
