import type { SignalId, UserId } from '@latchkey/kernel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Executor } from '../../executor.js';
import { executorFixture, newStrategyId, signalReceived, type ExecutorFixture } from '../../testing/executor-fixture.js';
import { createExecutorStore } from './executor-store.js';
import { createTradeViews } from './trade-views.js';

let fixture: ExecutorFixture;
let executor: Executor;
beforeAll(async () => {
  fixture = await executorFixture();
  executor = await fixture.startExecutor();
});
afterAll(() => fixture?.close());

describe('the trades of a signal', () => {
  it('is never told to be done without its trades, whichever is read first', async () => {
    const strategyId = newStrategyId();
    const userId = 'just-in-time';
    await fixture.openAccount(userId);
    await fixture.follow(executor, strategyId, userId);
    const signal = signalReceived(strategyId);
    const { signalId } = (signal.event as { data: { signalId: SignalId } }).data;
    const { pool } = fixture;
    // The fan-out commits just before the answer to whether it is done.
    const late = Object.assign(Object.create(pool) as typeof pool, {
      query: async (...of: readonly unknown[]) => {
        if (JSON.stringify(of).includes(`signal-${signalId}`)) await fixture.fanOut(executor, signal);
        return (pool.query as (...of: readonly unknown[]) => unknown)(...of);
      },
    });
    const views = createTradeViews({ pool: late, store: createExecutorStore({ now: () => Date.now() }) });
    expect(await views.ofSignal(signalId, userId as UserId)).toMatchObject({
      fanOut: 'done',
      total: 1,
      trades: [{ signalId }],
    });
    await fixture.settled(executor, signalId);
  });
});
