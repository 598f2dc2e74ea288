import { decimal, type StrategyId, type UserId } from '@latchkey/kernel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Executor } from './executor.js';
import { executorFixture, newStrategyId, type ExecutorFixture } from './testing/executor-fixture.js';

let fixture: ExecutorFixture;
let executor: Executor;

beforeAll(async () => {
  fixture = await executorFixture();
  executor = await fixture.startExecutor();
});
afterAll(() => fixture.close());

describe('a following', () => {
  it('is refused where another one trades contracts on the account, unless it is marked as shared', async () => {
    const setting = {
      userId: 'sharer' as UserId,
      exchange: 'binance',
      environment: 'live',
      marketType: 'linear',
      sizing: { mode: 'base_amount', value: decimal('0.01') },
      enabled: true,
      context: fixture.context(),
    } as const;
    const both = [newStrategyId(), newStrategyId()] as const;
    const set = (strategyId: StrategyId, over: object = {}) =>
      executor.useCases.setFollowing({ ...setting, strategyId, ...over });
    const results = await Promise.allSettled(both.map((strategyId) => set(strategyId)));
    expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    const [first, second] = results[0]?.status === 'fulfilled' ? both : ([both[1], both[0]] as const);
    await expect(set(second)).rejects.toMatchObject({ code: 'following.account_shared', details: { strategyId: first } });
    expect((await executor.useCases.following({ strategyId: second, userId: setting.userId })).following).toBeNull();
    expect((await set(second, { shared: true })).following).toMatchObject({ shared: true });
    expect((await set(first, { sizing: { mode: 'alert' } })).following).not.toHaveProperty('shared');
    // Another account, another market, and nothing that trades.
    for (const over of [{ exchange: 'bybit' }, { marketType: 'spot' }, { enabled: false }])
      await expect(set(newStrategyId(), over)).resolves.toBeDefined();
  });
});
