import { withDeadline } from '@latchkey/kernel';
import type { Pool } from 'pg';
import { ServiceKitError } from '../errors.js';

const answerTimeoutMs = 10_000;

// `on` and its stronger kin: a commit that was answered survives a crash. `off` and `local` (with a standby) would let one go.
const durable = ['on', 'remote_apply', 'remote_write'];

const settingsQuery = `select current_setting('synchronous_commit') as "synchronousCommit", current_setting('fsync') as "fsync"`;

type Settings = { readonly synchronousCommit: string; readonly fsync: string };

const read = async (pool: Pick<Pool, 'query'>): Promise<Settings | undefined> => {
  try {
    const { rows } = await withDeadline('the answer of Postgres', answerTimeoutMs, () => pool.query<Settings>(settingsQuery));
    return rows[0];
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
    throw new ServiceKitError(
      'service.database_unreachable',
      `Postgres does not answer at DATABASE_URL${code}: start it, and check host, port, database, role and password`,
      {},
      { cause },
    );
  }
};

/**
 * Is the database there, and does it keep what it says it has committed? Run at start; a role may change both per session.
 *
 * @throws {ServiceKitError} `service.database_unreachable`, `service.database_settings`
 */
export const checkPostgres = async (pool: Pick<Pool, 'query'>): Promise<void> => {
  const settings = await read(pool);
  const wrong = [
    ...(durable.includes(settings?.synchronousCommit ?? '')
      ? []
      : [`synchronous_commit is "${settings?.synchronousCommit ?? 'unknown'}", must be "on"`]),
    ...(settings?.fsync === 'on' ? [] : [`fsync is "${settings?.fsync ?? 'unknown'}", must be "on"`]),
  ];
  if (wrong.length > 0) {
    throw new ServiceKitError(
      'service.database_settings',
      `Postgres would lose events in a crash: ${wrong.join('; ')}. Correct it in postgresql.conf or for this role`,
      {
        ...settings,
      },
    );
  }
};
