import { CliError } from '../errors.js';
import type { OlderColumns } from './older-columns.js';

/** A row as its source gives it: a Postgres driver, a line of JSON, a line of CSV. */
export type SourceRow = Readonly<Record<string, unknown>>;

/** One key of the older table, in text. Empty texts: there was nothing. */
export type OlderKey = {
  /** Counted from 1, as the source gives the rows. */
  readonly row: number;
  readonly olderUser: string;
  readonly exchange: string;
  readonly mode: string;
  readonly apiKey: string;
  readonly secretEncrypted: string;
};

/** Whatever a column's type made of it, as the text that was meant. */
const textOf = (value: unknown): string => {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return value;
  if (Buffer.isBuffer(value)) return `\\x${value.toString('hex')}`; // bytea, as psql writes it
  if (typeof value === 'object') return JSON.stringify(value); // jsonb
  return typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean' ? String(value) : '';
};

const columnOf = (source: SourceRow, name: string, row: number): string => {
  if (!Object.hasOwn(source, name)) {
    throw new CliError(
      'cli.source_unreadable',
      `row ${row} has no column "${name}"; name the right one, \`keys import --help\` says how`,
    );
  }
  return textOf(source[name]);
};

/** The keys that one row holds: as many as there are exchanges, or one. */
export const keysOfRow = (source: SourceRow, columns: OlderColumns, row: number): readonly OlderKey[] => {
  const text = (name: string): string => columnOf(source, name, row);
  const common = {
    row,
    olderUser: text(columns.user).trim(),
    mode: columns.mode === undefined ? '' : text(columns.mode).trim().toUpperCase(),
  };
  const pairs =
    columns.layout === 'key-rows'
      ? [{ exchange: text(columns.exchange).trim().toLowerCase(), ...columns.key }]
      : Object.entries(columns.keys).map(([exchange, key]) => ({ exchange, ...key }));
  return pairs.map(({ exchange, apiKey, secret }) => ({
    ...common,
    exchange,
    apiKey: text(apiKey).trim(),
    secretEncrypted: text(secret).trim(),
  }));
};
