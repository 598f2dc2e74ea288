import type { CommandContext, Following } from '@latchkey/contracts';
import type { StrategyId, UserId } from '@latchkey/kernel';
import type { FollowingCommand } from '../../domain/following/following.js';

type Key = { readonly strategyId: StrategyId; readonly userId: UserId };

export type Followings = {
  readonly handle: (
    key: Key,
    command: FollowingCommand,
    context: CommandContext,
  ) => Promise<{ readonly changed: boolean; readonly following: Following | undefined }>;
  readonly find: (key: Key) => Promise<{ readonly following: Following | null; readonly followers: number }>;
};
