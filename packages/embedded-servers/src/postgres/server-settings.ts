export type PostgresSettings = Readonly<Record<string, string | number | boolean>>;

export type ServerSettingsOptions = {
  /** `fast` gives up crash safety (no fsync): for specs only. */
  readonly durability?: 'full' | 'fast';
  /** On top of ours, e.g. `{max_connections: 50}`. */
  readonly settings?: PostgresSettings;
};

const always: PostgresSettings = {
  timezone: 'UTC',
  log_timezone: 'UTC',
  max_connections: 200,
  password_encryption: 'scram-sha-256',
  synchronous_commit: 'on',
  log_min_error_statement: 'panic', // statements may hold what must not be in a log
  log_parameter_max_length_on_error: 0,
};

const fast: PostgresSettings = {
  fsync: 'off',
  full_page_writes: 'off',
  wal_init_zero: 'off',
  wal_recycle: 'off',
  autovacuum_naptime: '10min',
};

const text = (value: string | number | boolean) => (typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value));

/** Arguments for `postgres`: how every server of ours runs, wherever it does. */
export const postgresArguments = ({ durability = 'full', settings = {} }: ServerSettingsOptions): readonly string[] =>
  Object.entries({ ...always, ...(durability === 'fast' ? fast : {}), ...settings }).flatMap(([name, value]) => [
    '-c',
    `${name}=${text(value)}`,
  ]);
