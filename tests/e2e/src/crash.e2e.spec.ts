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
import { startStack, type Stack } from './support/stack.js';

const followers = 100;

describe('a hundred followers', () => {
  let stack: Stack;
  let users: readonly User[];
  let owner: User;
  let strategy: Strategy;
  beforeAll(async () => {
    stack = await startStack();
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

  it('when NATS is killed and its store is gone', async () => {
    const before = await seen();
    const taken = await post(stack, strategy, newAlert());
    stack.signal('nats', 'SIGKILL');
    rmSync(join(stack.home, 'nats'), { recursive: true, force: true });
    const during = await post(stack, strategy, newAlert());
    expect(during.status).toBe(202);
    await settledSignal(owner, taken.body['signalId'] as string, followers, 170_000);
    const counts = await settledSignal(owner, during.body['signalId'] as string, followers, 170_000);
    expect(counts).toEqual({ filled: followers });
    expect(await ordersSince(before)).toHaveLength(2 * followers);
    await recordIsComplete();
  });

  it('when NATS comes back with an older copy of its store', async () => {
    const store = join(stack.home, 'nats');
    const copy = join(stack.home, 'nats-older');
    stack.signal('nats', 'SIGSTOP'); // so that the copy is of one moment
    cpSync(store, copy, { recursive: true });
    stack.signal('nats', 'SIGCONT');
    const before = await seen();
    const first = await post(stack, strategy, newAlert());
    await settledSignal(owner, first.body['signalId'] as string, followers, 170_000);
    const pid = stack.pidOf('nats');
    process.kill(pid, 'SIGKILL');
    rmSync(store, { recursive: true, force: true });
    cpSync(copy, store, { recursive: true });
    await eventually(() => expect(stack.pidOf('nats')).not.toBe(pid), { timeoutMs: 30_000 });
    const second = await post(stack, strategy, newAlert());
    await settledSignal(owner, second.body['signalId'] as string, followers, 170_000);
    expect(await ordersSince(before)).toHaveLength(2 * followers);
    await recordIsComplete();
  });

  it('when Postgres is killed and comes back', async () => {
    const before = await seen();
    const taken = await post(stack, strategy, newAlert());
    const pid = stack.pidOf('postgres');
    process.kill(pid, 'SIGKILL');
    await eventually(() => expect(stack.pidOf('postgres')).not.toBe(pid), { timeoutMs: 60_000 });
    await expectOneEach(before, taken.body['signalId'] as string);
    await recordIsComplete();
  });
});
