import { startVerification, verifyEntry, type RecordEntry, type Verification } from '@latchkey/audit-record';
import { Client } from 'pg';

const batch = 1_000;
const columns = `seq::float8 as seq, to_char(recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "recordedAt", service, epoch, logseq::float8 as logseq,
  event_id as "eventId", type, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at, actor, user_id as "userId", trace_id as "traceId",
  payload, previous_hash as "previousHash", hash`;

/** Runs `read` on a connection of its own, in one snapshot. */
export const inSnapshot = async <T>(url: string, read: (client: Client) => Promise<T>): Promise<T> => {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: 10_000,
    application_name: 'latchkey-audit-verify',
  });
  await client.connect();
  try {
    await client.query('begin isolation level repeatable read read only');
    return await read(client);
  } finally {
    await client.end();
  }
};

/** Walks the whole record in its order, and tells `onEntry` of each entry that is believable. */
export const verifyRecord = (url: string, onEntry: (entry: RecordEntry) => void): Promise<Verification> =>
  inSnapshot(url, async (client) => {
    let state = startVerification;
    let after = -1;
    for (;;) {
      const { rows } = await client.query<RecordEntry>(
        `select ${columns} from audit_entries where seq > $1 order by seq limit ${batch}`,
        [after],
      );
      for (const entry of rows) {
        state = verifyEntry(state, entry);
        if (state.tampering) return state;
        onEntry(entry);
      }
      const last = rows.at(-1);
      if (!last || rows.length < batch) return state;
      after = last.seq;
    }
  });
