import { eventually } from '@latchkey/testkit';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  book,
  control,
  follow,
  newAlert,
  post,
  settledTrade,
  strategyOf,
  trader,
  type Strategy,
  type User,
} from './support/people.js';
import { startStack, type Stack } from './support/stack.js';

describe('one order, whatever the venue does', () => {
  let stack: Stack;
  let user: User;
  let strategy: Strategy;
  beforeAll(async () => {
    stack = await startStack();
    user = await trader(stack, 'unlucky');
    strategy = await strategyOf(user);
    await follow(user, strategy);
  });
  afterAll(() => stack?.dispose());

  const placeOrder = { exchange: 'binance', path: '/api/v3/order', method: 'POST' };

  it.each([
    ['accept-then-drop', [{ ...placeOrder, kind: 'accept-then-drop' }]],
    ['accept-late by 6 s', [{ ...placeOrder, kind: 'accept-late', params: { ms: 6_000 } }]],
    [
      'hide-order for 6 s after a cut connection',
      [
        { ...placeOrder, kind: 'accept-then-drop' },
        { exchange: 'binance', kind: 'hide-order', params: { ms: 6_000 } },
      ],
    ],
    ['drop before the order was taken', [{ ...placeOrder, kind: 'drop' }]],
    ['an answer that takes 3 s', [{ ...placeOrder, kind: 'delay', params: { ms: 3_000 } }]],
  ])('%s', async (_name, faults) => {
    const before = (await book(stack, user.apiKey)).length;
    for (const fault of faults)
      expect((await control(stack, 'POST', '/faults', { ...fault, apiKey: user.apiKey })).status).toBeLessThan(300);
    const taken = await post(stack, strategy, newAlert());
    const trade = await settledTrade(user, taken.body['signalId'] as string, 120_000);
    expect(trade.status).toBe('filled');
    const orders = await book(stack, user.apiKey);
    expect(orders).toHaveLength(before + 1);
    expect(orders.filter(({ clientOrderId }) => clientOrderId === trade.clientOrderId)).toHaveLength(1);
    await control(stack, 'DELETE', '/faults');
  });

  // The venue itself does not know: its word is waited for a minute, and by then the signal is too old to be sent again.
  it('a 502 before the order was taken ends in no order, explained', async () => {
    const before = (await book(stack, user.apiKey)).length;
    await control(stack, 'POST', '/faults', { ...placeOrder, kind: 'status', params: { status: 502 }, apiKey: user.apiKey });
    const taken = await post(stack, strategy, newAlert());
    const trade = await settledTrade(user, taken.body['signalId'] as string, 150_000);
    expect(trade).toMatchObject({ status: 'expired', reason: expect.any(String) });
    expect(await book(stack, user.apiKey)).toHaveLength(before);
  });

  it('an executor frozen between committing an attempt and sending it, thawed after its window and more', async () => {
    const before = (await book(stack, user.apiKey)).length;
    const executor = stack.pidOf('trade-executor');
    const database = new Client({ connectionString: stack.description().postgres.databases['trade-executor'] as string });
    await database.connect();
    const submitted = async (): Promise<number> =>
      (await database.query<{ n: string }>("select count(*) n from events where type = 'OrderSubmitted'")).rows.map(({ n }) =>
        Number(n),
      )[0] ?? 0;
    const start = await submitted();
    // Without the vault's signature nothing can be sent: so the attempt is committed, and not yet on its way, when the executor freezes.
    stack.signal('key-vault', 'SIGSTOP');
    try {
      const taken = await post(stack, strategy, newAlert());
      await eventually(async () => expect(await submitted()).toBe(start + 1));
      process.kill(executor, 'SIGSTOP');
      stack.signal('key-vault', 'SIGCONT');
      const frozenAt = Date.now();
      await eventually(() => Date.now() - frozenAt >= 30_000, { timeoutMs: 40_000, everyMs: 500 });
      process.kill(executor, 'SIGCONT');
      const trade = await settledTrade(user, taken.body['signalId'] as string, 150_000);
      expect(trade.status).toMatch(/^(filled|expired|denied)$/);
      const orders = await book(stack, user.apiKey);
      expect(orders.filter(({ clientOrderId }) => clientOrderId === trade.clientOrderId)).toHaveLength(
        trade.status === 'filled' ? 1 : 0,
      );
      expect(orders.length - before).toBe(1);
    } finally {
      process.kill(executor, 'SIGCONT');
      stack.signal('key-vault', 'SIGCONT');
      await database.end();
    }
  });
});
