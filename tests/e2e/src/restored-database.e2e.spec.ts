import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '@latchkey/testkit';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { markets } from './support/markets.js';
import {
  book,
  follow,
  newAlert,
  post,
  settledTrade,
  strategyOf,
  tokenFor,
  trader,
  type Strategy,
  type User,
} from './support/people.js';
import { startStack, type Stack } from './support/stack.js';

const database = 'trade_executor';

/** What is done to databases from outside of them, as an operator with a backup would. */
const asAdmin = async (stack: Stack, ...statements: readonly string[]): Promise<void> => {
  const client = new Client({ connectionString: stack.description().postgres.admin });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
};

describe('an executor whose database is put back from a backup while everything else went on', () => {
  let stack: Stack;
  let followers: readonly User[];
  let strategy: Strategy;
  beforeAll(async () => {
    stack = await startStack();
    const people = markets.flatMap((market) =>
      [0, 1].map((n) => ({ id: `${market.exchange}-${market.marketType}-${n}`, market })),
    );
    followers = await Promise.all(people.map(async ({ id, market }) => trader(stack, id, await tokenFor(stack, id), market)));
    strategy = await strategyOf(followers[0] as User);
    for (const user of followers) await follow(user, strategy);
  });
  afterAll(() => stack?.dispose());

  const scale = async (count: number) => expect(await stack.cli('executors', 'scale', String(count))).toMatchObject({ code: 0 });
  const alert = async (): Promise<string> => {
    const { status, body } = await post(stack, strategy, newAlert());
    expect(status).toBe(202);
    return body['signalId'] as string;
  };
  const filled = async (users: readonly User[], signalId: string) => {
    for (const user of users) {
      const { status, reason } = await settledTrade(user, signalId, 120_000);
      expect({ user: user.id, status, reason }).toEqual({ user: user.id, status: 'filled' });
    }
  };

  /** A copy of the database as it is now; nobody may be connected while it is made. */
  const backUp = async (): Promise<void> => {
    await scale(0);
    await asAdmin(stack, `create database backup template ${database}`);
    await scale(1);
  };
  /** Puts the copy in the database's place. */
  const restore = async (meanwhile: () => Promise<void> = async () => undefined): Promise<Date> => {
    await scale(0);
    await asAdmin(
      stack,
      `drop database ${database} with (force)`,
      `create database ${database} template backup`,
      `drop database backup`,
      `revoke all on database ${database} from public`,
      `grant connect on database ${database} to ${database}, auditor`,
      `grant connect, create, temporary on database ${database} to ${database}_migrator`,
    );
    await meanwhile();
    const at = new Date();
    await scale(1);
    return at;
  };

  /** What came until 2 s after the restore was found out may have been sent by the history that is lost: it is looked up, and on USDM not sent. */
  const foundOut = (restoredAt: Date) =>
    eventually(
      async () => {
        const client = new Client({ connectionString: stack.description().postgres.databases['trade-executor'] ?? '' });
        await client.connect();
        try {
          const found = await client.query(
            `select from log_epochs having max(started_at) between $1 and clock_timestamp() - interval '3 s'`,
            [restoredAt],
          );
          expect(found.rowCount).toBe(1);
        } finally {
          await client.end();
        }
      },
      { timeoutMs: 90_000, everyMs: 250 },
    );

  const numberOfOrders = async () => (await book(stack)).length;

  it('finds every order that it no longer knows of, and sends none again', async () => {
    await filled(followers, await alert());
    await backUp();
    const lost = [await alert(), await alert(), await alert()];
    for (const signalId of lost) await filled(followers, signalId);
    const late = await trader(stack, 'late');
    await follow(late, strategy);
    const before = await numberOfOrders();
    await foundOut(await restore());
    // What the gateway still has comes to the restored executor as if it were new: to those who followed when it came, and to nobody else.
    const signalId = await alert();
    await filled([...followers, late], signalId);
    for (const one of lost) {
      await filled(followers, one);
      expect((await late.api('GET', `/api/signals/${one}`)).body['personalTrades'] ?? []).toEqual([]);
    }
    expect(await numberOfOrders()).toBe(before + followers.length + 1);
    expect(await book(stack, late.apiKey)).toHaveLength(1);
    const verified = await eventually(
      async () => {
        const done = await stack.cli('audit', 'verify', '--complete', '--json');
        expect(done).toMatchObject({ code: 0 });
        return done;
      },
      { timeoutMs: 60_000, everyMs: 500 },
    );
    expect(JSON.parse(verified.stdout)).toMatchObject({ ok: true });
  }, 600_000);

  it('asks the venue when the broker was put back as well, and nobody else knows of those orders', async () => {
    await scale(0);
    await asAdmin(stack, `create database backup template ${database}`);
    const store = join(stack.home, 'nats');
    const copy = join(stack.home, 'nats-older');
    stack.signal('nats', 'SIGSTOP'); // so that the copy is of one moment
    cpSync(store, copy, { recursive: true });
    stack.signal('nats', 'SIGCONT');
    await scale(1);
    const lost = [await alert(), await alert()];
    for (const signalId of lost) await filled(followers, signalId);
    const before = await numberOfOrders();
    await restore(async () => {
      const pid = stack.pidOf('nats');
      process.kill(pid, 'SIGKILL');
      rmSync(store, { recursive: true, force: true });
      cpSync(copy, store, { recursive: true });
      await eventually(() => expect(stack.pidOf('nats')).not.toBe(pid), { timeoutMs: 30_000 });
    });
    // The signals come again, and by now some may be too old to be sent: what counts is that the vault and the venue are asked first.
    for (const signalId of lost) for (const user of followers) await settledTrade(user, signalId, 120_000);
    expect(await numberOfOrders()).toBe(before);
  }, 600_000);
});
