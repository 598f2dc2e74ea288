import type { EventOf } from '@latchkey/contracts';
import { assertNever, type Decider, type StrategyId, type UserId } from '@latchkey/kernel';

export type StrategyEvent = EventOf<'StrategyCreated' | 'StrategyTokenRotated' | 'StrategyDeleted'>;

export type StrategyCommand =
  | {
      readonly type: 'CreateStrategy';
      readonly data: { readonly strategyId: StrategyId; readonly ownerId: UserId; readonly name: string };
    }
  | { readonly type: 'RotateToken' }
  | { readonly type: 'DeleteStrategy' };

export type Strategy =
  | { readonly status: 'none' }
  | { readonly status: 'active' | 'deleted'; readonly strategyId: StrategyId; readonly ownerId: UserId };

const decide = (command: StrategyCommand, strategy: Strategy): readonly StrategyEvent[] => {
  if (command.type === 'CreateStrategy') {
    return strategy.status === 'none' ? [{ type: 'StrategyCreated', v: 1, data: command.data }] : [];
  }
  if (strategy.status !== 'active') return []; // not there, or gone: nothing to rotate, nothing to delete twice
  const data = { strategyId: strategy.strategyId, ownerId: strategy.ownerId };
  switch (command.type) {
    case 'RotateToken':
      return [{ type: 'StrategyTokenRotated', v: 1, data }];
    case 'DeleteStrategy':
      return [{ type: 'StrategyDeleted', v: 1, data }];
    default:
      return assertNever(command);
  }
};

const evolve = (strategy: Strategy, event: StrategyEvent): Strategy => {
  switch (event.type) {
    case 'StrategyCreated':
      return { status: 'active', strategyId: event.data.strategyId, ownerId: event.data.ownerId };
    case 'StrategyTokenRotated':
      return strategy;
    case 'StrategyDeleted':
      return { status: 'deleted', strategyId: event.data.strategyId, ownerId: event.data.ownerId };
    default:
      return assertNever(event);
  }
};

export const strategyDecider: Decider<Strategy, StrategyCommand, StrategyEvent> = { initial: { status: 'none' }, decide, evolve };
