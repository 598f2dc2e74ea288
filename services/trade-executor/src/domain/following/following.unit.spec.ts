import { decimal, type StrategyId, type UserId } from '@latchkey/kernel';
import { specFor } from '@latchkey/testkit';
import { describe, it } from 'vitest';
import { followingDecider, type FollowingEvent, type FollowingSetting } from './following.js';

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

  it('that is not there cannot be removed, and nothing happens', () => {
    following.given().when({ type: 'RemoveFollowing', data: ids }).thenNothing();
    following.given(set(), removed).when({ type: 'RemoveFollowing', data: ids }).thenNothing();
  });
});
