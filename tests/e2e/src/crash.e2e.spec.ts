import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '@latchkey/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issueTokens } from './support/issue-tokens.js';
import {
  book,
  control,
  follow,
  newAlert,
  post,
  settledSignal,
  strategyOf,
  traders,
  type Strategy,
  type User,
} from './support/people.js';
import { pace } from './support/pace.js';
import { startStack, type Stack } from './support/stack.js';

const followers = 100;
/** How often broker and Postgres are taken away. */
const rounds = Number(process.env['LATCHKEY_BROKER_ROUNDS'] ?? 1);

describe('a hundred followers, two executors', () => {
  let stack: Stack;
  let users: readonly User[];
  let owner: User;
  let strategy: Strategy;
  beforeAll(async () => {
    stack = await startStack({ LATCHKEY_EXECUTORS: '2', RATE_LIMIT_SCALE: '20' });
    users = await traders(stack, followers, 'follower', issueTokens(stack));
    owner = users[0] as User;
    strategy = await strategyOf(owner);
    for (const user of users) await follow(user, strategy);
  });
  afterAll(() => stack?.dispose());

  const ordersSince = async (before: ReadonlySet<string>) => (await book(stack)).filter(({ orderId }) => !before.has(orderId));
  const seen = async () => new Set((await book(stack)).map(({ orderId }) => orderId));

  const expectOneEach = async (before: ReadonlySet<string>, signalId: string): Promise<void> => {
    const counts = await settledSignal(owner, signalId, followers, 170_000);
    expect(counts).toEqual({ filled: followers });
    const orders = await ordersSince(before);
    expect(orders).toHaveLength(followers);
    expect(new Set(orders.map(({ apiKey }) => apiKey)).size).toBe(followers);
    expect(new Set(orders.map(({ clientOrderId }) => clientOrderId)).size).toBe(followers);
  };

  const recordIsComplete = async (): Promise<void> => {
    const verified = await eventually(
      async () => {
        const done = await stack.cli('audit', 'verify', '--complete', '--json');
        expect(done.stdout).toContain('"ok":true');
        expect(done).toMatchObject({ code: 0 });
        return done;
      },
      { timeoutMs: 60_000, everyMs: 500 },
    );
    expect(JSON.parse(verified.stdout)).toMatchObject({ ok: true });
  };

  it('get exactly one order each from one alert', async () => {
    const before = await seen();
    const taken = await post(stack, strategy, newAlert());
    await expectOneEach(before, taken.body['signalId'] as string);
  });

  /** The venue takes each follower's order a little later than the one before: so there is a middle to be killed in. */
  const slowVenue = async (): Promise<void> => {
    for (const [i, { apiKey }] of users.entries()) {
      const fault = {
        exchange: 'binance',
        path: '/api/v3/order',
        method: 'POST',
        kind: 'delay',
        params: { ms: 500 + 20 * i },
        apiKey,
      };
      expect((await control(stack, 'POST', '/faults', fault)).status).toBe(201);
    }
  };

  it.each(['gateway', 'key-vault', 'trade-executor', 'audit'])('when %s is killed half way', async (service) => {
    const before = await seen();
    await slowVenue();
    const pid = stack.pidOf(service);
    const taken = await post(stack, strategy, newAlert());
    const standing = await eventually(
      async () => {
        const orders = (await ordersSince(before)).length;
        return orders >= 30 && orders;
      },
      { timeoutMs: 60_000, everyMs: 5 },
    );
    process.kill(pid, 'SIGKILL');
    await eventually(() => expect(stack.pidOf(service)).not.toBe(pid), { timeoutMs: 30_000 });
    expect(standing).toBeLessThanOrEqual(70);
    await expectOneEach(before, taken.body['signalId'] as string);
    await control(stack, 'DELETE', '/faults');
  });

  /** Alerts go on while something happens, and a little longer: each of them ends in one order for each follower. */
  const whileTrading = async (happens: () => Promise<void>): Promise<void> => {
    const before = await seen();
    const signals: string[] = [];
    let unsure = 0;
    const alert = async (): Promise<void> => {
      const taken = await post(stack, strategy, newAlert());
      if (taken.status === 202) signals.push(taken.body['signalId'] as string);
      else {
        // Postgres was away: the gateway does not know whether it was stored, and says so.
        expect(taken.status).toBe(503);
        unsure += 1;
      }
    };
    await alert();
    let over = false;
    const happening = happens().finally(() => (over = true));
    while (!over) {
      await Promise.race([happening, pace(500)]);
      await alert();
    }
    await happening;
    await alert();
    for (const signalId of signals)
      expect(await settledSignal(owner, signalId, followers, 170_000)).toEqual({ filled: followers });
    await eventually(
      async () => {
        const orders = await ordersSince(before);
        expect(new Set(orders.map(({ clientOrderId }) => clientOrderId)).size).toBe(orders.length);
        const each = [...Map.groupBy(orders, ({ apiKey }) => apiKey).values()].map(({ length }) => length);
        expect(each).toEqual(Array(followers).fill(each[0]));
        expect(each[0]).toBeGreaterThanOrEqual(signals.length);
        expect(each[0]).toBeLessThanOrEqual(signals.length + unsure);
      },
      { timeoutMs: 60_000, everyMs: 500 },
    );
    await recordIsComplete();
  };
  const restarted = (part: string, pid: number) =>
    eventually(() => expect(stack.pidOf(part)).not.toBe(pid), { timeoutMs: 60_000 });
  const times = Array.from({ length: rounds }, (_, index) => index + 1);

  it.each(times)(
    'when NATS is killed and its store is gone (%i)',
    () =>
      whileTrading(async () => {
        const pid = stack.pidOf('nats');
        process.kill(pid, 'SIGKILL');
        rmSync(join(stack.home, 'nats'), { recursive: true, force: true });
        await restarted('nats', pid);
      }),
    400_000,
  );

  it.each(times)(
    'when NATS comes back with an older copy of its store (%i)',
    async () => {
      const store = join(stack.home, 'nats');
      const copy = join(stack.home, 'nats-older');
      stack.signal('nats', 'SIGSTOP'); // so that the copy is of one moment
      rmSync(copy, { recursive: true, force: true });
      cpSync(store, copy, { recursive: true });
      stack.signal('nats', 'SIGCONT');
      const first = await post(stack, strategy, newAlert());
      await settledSignal(owner, first.body['signalId'] as string, followers, 170_000);
      await whileTrading(async () => {
        const pid = stack.pidOf('nats');
        process.kill(pid, 'SIGKILL');
        rmSync(store, { recursive: true, force: true });
        cpSync(copy, store, { recursive: true });
        await restarted('nats', pid);
      });
    },
    600_000,
  );

  it.each(times)(
    'when Postgres is killed and comes back (%i)',
    () =>
      whileTrading(async () => {
        const pid = stack.pidOf('postgres');
        process.kill(pid, 'SIGKILL');
        await restarted('postgres', pid);
      }),
    400_000,
  );
});
