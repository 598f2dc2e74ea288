import type { EventData, EventOf } from '@latchkey/contracts';
import { assertNever, type Decider } from '@latchkey/kernel';

export type FollowingEvent = EventOf<'FollowingSet' | 'FollowingRemoved'>;
export type FollowingSetting = EventData<'FollowingSet'>;
export type FollowingState = { readonly status: 'none' } | { readonly status: 'following'; readonly setting: FollowingSetting };
export type FollowingCommand =
  | { readonly type: 'SetFollowing'; readonly data: FollowingSetting }
  | { readonly type: 'RemoveFollowing'; readonly data: EventData<'FollowingRemoved'> };

const same = (a: FollowingSetting, b: FollowingSetting): boolean =>
  a.exchange === b.exchange &&
  a.environment === b.environment &&
  a.marketType === b.marketType &&
  a.enabled === b.enabled &&
  (a.shared ?? false) === (b.shared ?? false) &&
  a.leverage === b.leverage &&
  a.limits?.maxLeverage === b.limits?.maxLeverage &&
  a.sizing.mode === b.sizing.mode &&
  a.sizing.value === b.sizing.value;

type OnAccount = Pick<FollowingSetting, 'exchange' | 'environment' | 'marketType' | 'enabled' | 'shared'>;

/**
 * A second following that trades contracts on an account holds its position together with the first, whichever symbols their alerts name: that has
 * to be meant. One that is on that account already stays there.
 */
export const needsSharing = (setting: OnAccount, before: OnAccount | undefined): boolean => {
  if (setting.marketType !== 'linear' || !setting.enabled || setting.shared === true) return false;
  const { exchange, environment, marketType, enabled, shared } = before ?? {};
  const staysUnshared = enabled === true && shared !== true && marketType === 'linear';
  return !(staysUnshared && exchange === setting.exchange && environment === setting.environment);
};

/** One user's following of one strategy. Setting it to what it is, or removing what is not there, changes nothing. */
export const followingDecider: Decider<FollowingState, FollowingCommand, FollowingEvent> = {
  initial: { status: 'none' },
  decide: (command, state) => {
    switch (command.type) {
      case 'SetFollowing':
        return state.status === 'following' && same(state.setting, command.data)
          ? []
          : [{ type: 'FollowingSet', v: 1, data: command.data }];
      case 'RemoveFollowing':
        return state.status === 'none' ? [] : [{ type: 'FollowingRemoved', v: 1, data: command.data }];
      default:
        return assertNever(command);
    }
  },
  evolve: (_state, event) => (event.type === 'FollowingSet' ? { status: 'following', setting: event.data } : { status: 'none' }),
};
