import { Client } from 'pg';
import { spread, type Spread } from '../harness/result.js';
import type { Stack } from '../harness/stack.js';

/** Connections to a database of our own on the stack's server: the same disk, the same settings. */
export const openScratch = async (stack: Stack, connections: number) => {
  const { admin } = stack.description().postgres;
  const name = 'latchkey_bench';
  await stack.admin.query(`drop database if exists ${name}`);
  await stack.admin.query(`create database ${name}`);
  const url = new URL(admin);
  url.pathname = `/${name}`;
  const clients = await Promise.all(
    Array.from({ length: connections }, async () => {
      const client = new Client({ connectionString: url.href });
      await client.connect();
      return client;
    }),
  );
  await clients[0]?.query('create table floor (id uuid primary key default gen_random_uuid(), body json not null)');
  return {
    clients,
    close: async () => {
      await Promise.all(clients.map((client) => client.end()));
      await stack.admin.query(`drop database ${name}`);
    },
  };
};

const body = JSON.stringify({ event: 'x'.repeat(600) });

/** Inserts that many rows in one statement, which commits by itself. */
export const insertDurably = (client: Client, rows = 1): Promise<unknown> =>
  client.query({
    name: 'floor',
    text: 'insert into floor (body) select $1::json from generate_series(1, $2)',
    values: [body, rows],
  });

/** One durable insert of one row after the other: what any step that promises to remember costs at least. */
export const durableInsert = async (stack: Stack, times = 300): Promise<Spread> => {
  const { clients, close } = await openScratch(stack, 1);
  const [client] = clients as [Client];
  const took: number[] = [];
  for (let i = 0; i < times + 20; i += 1) {
    const start = performance.now();
    await insertDurably(client);
    if (i >= 20) took.push(performance.now() - start);
  }
  await close();
  return spread(took);
};
