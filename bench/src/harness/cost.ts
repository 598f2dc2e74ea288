import { readFileSync } from 'node:fs';
import { connect, nkeyAuthenticator, type NatsConnection } from '@nats-io/transport-node';
import { json, pause } from './http.js';
import { processorTime } from './processor-time.js';
import type { Cost } from './result.js';
import type { Stack } from './stack.js';
import { watchStatements } from './statements.js';

/** Statistics that the server's processes hand in late: within a second when they rest. */
const statisticsDelayMs = 1_500;
const idleMs = 6_000;

const observe = async (stack: Stack): Promise<{ readonly connection: NatsConnection; readonly signCalls: () => number }> => {
  const { nats } = stack.description();
  const seed = readFileSync(nats.users['observer']?.seedFile ?? '');
  const connection = await connect({ servers: nats.url, authenticator: nkeyAuthenticator(seed), inboxPrefix: '_INBOX_observer' });
  let calls = 0;
  connection.subscribe('cmd.key-vault.session.*', {
    callback: () => {
      calls += 1;
    },
  });
  await connection.flush();
  return { connection, signCalls: () => calls };
};

const each = (after: Cost, before: Cost, count: number): Cost =>
  Object.fromEntries(Object.entries(after).map(([name, n]) => [name, (n - (before[name] ?? 0)) / count]));

/**
 * Counts what the whole stack does, its idle work included: statements of all services in Postgres (those of a superuser are the benchmark's
 * own), commits and fsyncs of the log, messages into NATS, requests to the venue, requests to the vault for signatures, and the processor time of each part.
 */
export const createCounter = async (stack: Stack, tellStatements?: (text: string) => void) => {
  const { connection, signCalls } = await observe(stack);
  const read = async (): Promise<Cost> => {
    const { rows: counted } = await stack.admin.query<{ statements: number; commits: number }>(
      `select sum(calls)::float8 as statements, coalesce(sum(calls) filter (where query ilike 'commit%'), 0)::float8 as commits
       from pg_stat_statements s join pg_roles r on r.oid = s.userid where not r.rolsuper`,
    );
    const { rows: synced } = await stack.admin.query<{ fsyncs: number }>(
      "select coalesce(sum(fsyncs), 0)::float8 as fsyncs from pg_stat_io where object = 'wal'",
    );
    const { in_msgs: messages } = await json<{ in_msgs: number }>(`${stack.description().nats.monitor}/varz`);
    const { requests } = await json<{ requests: Record<string, Record<string, number>> }>(`${stack.simulator.control}/stats`);
    const venueRequests = Object.values(requests)
      .flatMap((byStatus) => Object.values(byStatus))
      .reduce((sum, n) => sum + n, 0);
    return {
      statements: counted[0]?.statements ?? 0,
      commits: counted[0]?.commits ?? 0,
      fsyncs: synced[0]?.fsyncs ?? 0,
      messages,
      venueRequests,
      vaultRoundTrips: signCalls(),
      ...processorTime(stack),
    };
  };
  const settled = async (): Promise<Cost> => {
    await pause(statisticsDelayMs);
    return read();
  };
  return {
    /** What the stack does in a second when nobody asks anything of it. */
    idle: async (): Promise<Cost> => {
      const before = await settled();
      const ran = tellStatements && (await watchStatements(stack));
      const began = performance.now();
      await pause(idleMs - statisticsDelayMs);
      const after = await settled();
      if (ran) tellStatements(await ran());
      const seconds = (performance.now() - began) / 1_000;
      return { ...each(after, before, seconds), elapsedMs: 1_000 };
    },
    /** What `work` cost, by the number of things it made. */
    per: async (count: number, work: () => Promise<void>): Promise<Cost> => {
      const before = await settled();
      const began = performance.now();
      const ran = tellStatements && (await watchStatements(stack));
      await work();
      const after = await settled();
      if (ran) tellStatements(await ran());
      return { ...each(after, before, count), elapsedMs: (performance.now() - began) / count };
    },
    close: () => connection.close(),
  };
};

export type Counter = Awaited<ReturnType<typeof createCounter>>;
