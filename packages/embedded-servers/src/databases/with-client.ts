import { Client } from 'pg';

/** Runs `work` on a connection of its own and always closes it. */
export const withClient = async <Result>(url: string, work: (client: Client) => Promise<Result>): Promise<Result> => {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on('error', () => undefined); // the query that is under way rejects; without a listener this would end the process
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
};

/** Runs `work` while no other session of the same database holds the lock. The lock dies with the session. */
export const withAdvisoryLock = async <Result>(client: Client, key: bigint, work: () => Promise<Result>): Promise<Result> => {
  await client.query('SELECT pg_advisory_lock($1::bigint)', [key.toString()]);
  try {
    return await work();
  } finally {
    await client.query('SELECT pg_advisory_unlock($1::bigint)', [key.toString()]).catch(() => undefined);
  }
};
