import { Client } from 'pg';
import { until } from './http.js';
import type { Stack } from './stack.js';

/** A database of the cluster, as the superuser: its statements are not counted. */
const databaseOf = async (stack: Stack, service: 'audit' | 'trade-executor' | 'key-vault'): Promise<Client> => {
  const { postgres } = stack.description();
  const url = new URL(postgres.admin);
  url.pathname = new URL(postgres.databases[service]).pathname;
  const client = new Client({ connectionString: url.href });
  await client.connect();
  return client;
};

/** Looks when audit has on its record what the executor and the vault have recorded so far. */
export const watchRecord = async (stack: Stack) => {
  const [audit, executor, vault] = await Promise.all([
    databaseOf(stack, 'audit'),
    databaseOf(stack, 'trade-executor'),
    databaseOf(stack, 'key-vault'),
  ]);
  const eventsOf = async (client: Client): Promise<number> =>
    (await client.query<{ n: number }>('select count(*)::float8 as n from events')).rows[0]?.n ?? 0;
  return {
    /** @returns when everything that stands there now was on the record (ms, by the machine's clock) */
    caughtUp: async (): Promise<number> => {
      const wanted = (await eventsOf(executor)) + (await eventsOf(vault));
      return until(
        async () => {
          const { rows } = await audit.query<{ n: number }>(
            "select count(*)::float8 as n from audit_entries where service in ('trade-executor', 'key-vault')",
          );
          return (rows[0]?.n ?? 0) >= wanted && performance.timeOrigin + performance.now();
        },
        120_000,
        20,
      );
    },
    close: async (): Promise<void> => void (await Promise.all([audit.end(), executor.end(), vault.end()])),
  };
};
