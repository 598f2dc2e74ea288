import { decimal, type StrategyId, type UserId } from '@latchkey/kernel';
import { specFor } from '@latchkey/testkit';
import { describe, expect, it } from 'vitest';
import { followingDecider, needsSharing, type FollowingEvent, type FollowingSetting } from './following.js';

const following = specFor(followingDecider);
const ids = { strategyId: '0192f0c1-3333-7333-8333-000000000001' as StrategyId, userId: 'user-1' as UserId };
const setting: FollowingSetting = {
  ...ids,
  exchange: 'binance',
  environment: 'live',
  marketType: 'spot',
  sizing: { mode: 'quote_amount', value: decimal('100') },
  enabled: true,
};
const set = (data: FollowingSetting = setting): FollowingEvent => ({ type: 'FollowingSet', v: 1, data });
const removed: FollowingEvent = { type: 'FollowingRemoved', v: 1, data: ids };

describe('a following', () => {
  it('is set, changed and removed', () => {
    const changed = { ...setting, enabled: false };
    following.given().when({ type: 'SetFollowing', data: setting }).then(set());
    following.given(set()).when({ type: 'SetFollowing', data: changed }).then(set(changed));
    following.given(set()).when({ type: 'RemoveFollowing', data: ids }).then(removed);
    following.given(set(), removed).when({ type: 'SetFollowing', data: setting }).then(set());
  });

  it('is set to the same only once', () => {
    following.given(set()).when({ type: 'SetFollowing', data: setting }).thenNothing();
  });

  it('that is marked as shared is another setting', () => {
    const shared = { ...setting, shared: true };
    following.given(set()).when({ type: 'SetFollowing', data: shared }).then(set(shared));
    following
      .given(set())
      .when({ type: 'SetFollowing', data: { ...setting, shared: false } })
      .thenNothing();
  });

  it('with another leverage, or another limit of it, is another setting', () => {
    const leveraged = { ...setting, leverage: 5 };
    const limited = { ...setting, limits: { maxLeverage: 10 } };
    following.given(set()).when({ type: 'SetFollowing', data: leveraged }).then(set(leveraged));
    following.given(set(leveraged)).when({ type: 'SetFollowing', data: leveraged }).thenNothing();
    following.given(set()).when({ type: 'SetFollowing', data: limited }).then(set(limited));
    following
      .given(set(limited))
      .when({ type: 'SetFollowing', data: { ...setting, limits: { maxLeverage: 9 } } })
      .then(set({ ...setting, limits: { maxLeverage: 9 } }));
    following
      .given(set())
      .when({ type: 'SetFollowing', data: { ...setting, limits: {} } })
      .thenNothing();
  });

  it('beside another one has to be marked as shared where both would hold one position', () => {
    const linear = { ...setting, marketType: 'linear' } as const;
    expect(needsSharing(linear, undefined)).toBe(true);
    expect(needsSharing({ ...linear, shared: true }, undefined)).toBe(false);
    expect(needsSharing({ ...linear, enabled: false }, undefined)).toBe(false);
    expect(needsSharing(setting, undefined)).toBe(false);
    expect(needsSharing({ ...linear, sizing: { mode: 'alert' } } as FollowingSetting, linear)).toBe(false);
    for (const before of [
      setting,
      { ...linear, enabled: false },
      { ...linear, shared: true },
      { ...linear, exchange: 'bybit' },
      { ...linear, environment: 'testnet' },
    ] as const)
      expect(needsSharing(linear, before), JSON.stringify(before)).toBe(true);
  });

  it('that is not there cannot be removed, and nothing happens', () => {
    following.given().when({ type: 'RemoveFollowing', data: ids }).thenNothing();
    following.given(set(), removed).when({ type: 'RemoveFollowing', data: ids }).thenNothing();
  });
});
