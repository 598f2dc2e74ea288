import { exchange as exchanges } from '@latchkey/contracts';
import { CliError } from '../errors.js';

/** One key of one user, in the columns of an older table. */
type KeyColumns = { readonly apiKey: string; readonly secret: string };

/** Where the older table holds what: the keys of each exchange in columns of their own, or one key a row. */
export type OlderColumns = {
  readonly user: string;
  /** Absent where the table knows no trading mode. */
  readonly mode?: string;
} & (
  | { readonly layout: 'key-columns'; readonly keys: Readonly<Record<string, KeyColumns>> }
  | { readonly layout: 'key-rows'; readonly exchange: string; readonly key: KeyColumns }
);

export type ColumnOptions = {
  readonly userColumn: string;
  readonly modeColumn: string | false;
  readonly exchangeColumn?: string;
  readonly keyColumn?: string;
  readonly secretColumn?: string;
};

/** The guide's columns: `<exchange>_api_key` and `<exchange>_api_secret_encrypted`. With an exchange column it is one key a row. */
export const olderColumns = ({
  userColumn,
  modeColumn,
  exchangeColumn,
  keyColumn,
  secretColumn,
}: ColumnOptions): OlderColumns => {
  const common = { user: userColumn, ...(modeColumn === false ? {} : { mode: modeColumn }) };
  if (exchangeColumn !== undefined) {
    const key = { apiKey: keyColumn ?? 'api_key', secret: secretColumn ?? 'api_secret' };
    return { ...common, layout: 'key-rows', exchange: exchangeColumn, key };
  }
  for (const [option, name] of [
    ['--key-column', keyColumn],
    ['--secret-column', secretColumn],
  ] as const) {
    if (name === undefined) continue;
    // Each exchange has its own: a pattern says both.
    if (!name.includes('{exchange}'))
      throw new CliError(
        'cli.bad_option',
        `without --exchange-column, ${option} holds the text {exchange}, like {exchange}_api_key`,
      );
  }
  const named = (pattern: string, exchange: string): string => pattern.replaceAll('{exchange}', exchange);
  const keys = exchanges.options.map((exchange) => [
    exchange,
    {
      apiKey: named(keyColumn ?? '{exchange}_api_key', exchange),
      secret: named(secretColumn ?? '{exchange}_api_secret_encrypted', exchange),
    },
  ]);
  return { ...common, layout: 'key-columns', keys: Object.fromEntries(keys) as Record<string, KeyColumns> };
};

/** Every column that has to be read, once. */
export const columnNames = (columns: OlderColumns): readonly string[] => {
  const pairs = columns.layout === 'key-rows' ? [columns.key] : Object.values(columns.keys);
  const exchange = columns.layout === 'key-rows' ? [columns.exchange] : [];
  const mode = columns.mode === undefined ? [] : [columns.mode];
  return [...new Set([columns.user, ...mode, ...exchange, ...pairs.flatMap(({ apiKey, secret }) => [apiKey, secret])])];
};
