import { afterAll, beforeAll, expect, it } from 'vitest';
import { executorFixture, newStrategyId, signalReceived, type ExecutorFixture } from './testing/executor-fixture.js';

let fixture: ExecutorFixture;
beforeAll(async () => {
  fixture = await executorFixture();
});
afterAll(() => fixture.close());

it('an unknown order is not sent again in another account when its key is replaced by one of that account', async () => {
  const executor = await fixture.startExecutor('replaced');
  const [strategyId, userId] = [newStrategyId(), 'replacing'];
  const first = await fixture.openAccount(userId);
  await fixture.follow(executor, strategyId, userId);
  // It stands in the first account, where it is not seen: nothing but the other account could be asked afterwards.
  await fixture.fault('accept-then-drop', {}, { apiKey: first });
  await fixture.fault('hide-order', { ms: 600_000 }, { apiKey: first });
  const signalId = await fixture.fanOut(executor, signalReceived(strategyId));
  const trade = async () => (await fixture.tradesOf(executor, signalId, userId))[0];
  await expect.poll(async () => (await trade())?.status, { timeout: 10_000 }).toBe('unknown');
  const second = await fixture.openAccount(userId);
  expect(await fixture.settled(executor, signalId, 40_000)).toEqual({ unverifiable: 1 });
  expect(await trade()).toMatchObject({ status: 'unverifiable', reason: 'vault.key_replaced' });
  expect((await fixture.book()).map(({ apiKey }) => apiKey)).toEqual([first]);
  expect(second).not.toBe(first);
}, 60_000);
