import type { Account, ExchangeName } from '@latchkey/contracts';
import type { CredentialId } from '@latchkey/kernel';
import type { Pool } from 'pg';
import type { VerificationQueue } from '../../app/verification-ports.js';

type Row = {
  readonly credential_id: CredentialId;
  readonly user_id: Account['userId'];
  readonly exchange: Account['exchange'];
  readonly environment: Account['environment'];
  readonly stream_version: number;
};

const timestampOf = (ms: number): string => new Date(ms).toISOString();
const overdueMs = 60 * 60_000;
const noticesAtOnce = 100;

export const createVerificationQueue = (pool: Pool): VerificationQueue => ({
  nextDue: async (exchange, atMs, except) => {
    const { rows } = await pool.query<Row>(
      `select credential_id, user_id, exchange, environment, stream_version from credentials
        where verify_at <= $2 and exchange = $1 and credential_id <> all($3::uuid[]) order by verify_at limit 1`,
      [exchange, timestampOf(atMs), except],
    );
    const [row] = rows;
    return (
      row && {
        credentialId: row.credential_id,
        userId: row.user_id,
        exchange: row.exchange,
        environment: row.environment,
        streamVersion: row.stream_version,
      }
    );
  },
  dueNotices: async (atMs, except) => {
    const { rows } = await pool.query<{ credential_id: CredentialId }>(
      'select credential_id from credentials where notice_at <= $1 and credential_id <> all($3::uuid[]) order by notice_at limit $2',
      [timestampOf(atMs), noticesAtOnce, except],
    );
    return rows.map(({ credential_id }) => credential_id);
  },
  counts: async (atMs) => {
    const { rows } = await pool.query<{ exchange: ExchangeName; due: number; overdue: number }>(
      `select exchange, count(*)::float8 as due, (count(*) filter (where verify_at <= $2))::float8 as overdue
        from credentials where verify_at <= $1 group by exchange`,
      [timestampOf(atMs), timestampOf(atMs - overdueMs)],
    );
    return rows;
  },
});
