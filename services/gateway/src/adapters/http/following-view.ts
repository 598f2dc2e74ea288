import type { FollowingOf } from '../../app/followings.js';

/** A setting as its user sees it. */
export const followingView = ({ following, strategy }: FollowingOf) => {
  const { strategyId: _inStrategy, userId: _own, ...view } = following;
  return { ...view, strategy };
};
