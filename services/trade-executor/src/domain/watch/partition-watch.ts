import type { EventOf } from '@latchkey/contracts';
import { assertNever, type Decider } from '@latchkey/kernel';

export type PartitionWatchEvent = EventOf<'PartitionsUnowned' | 'PartitionsOwned'>;
export type PartitionWatchState = { readonly unowned: readonly number[] };
export type PartitionWatchCommand =
  | { readonly type: 'ReportUnowned'; readonly data: { readonly partitions: readonly number[]; readonly since?: string } }
  | { readonly type: 'ReportOwned'; readonly data: object };

/** However many executors see it, it is said once; more of them is news, fewer are not, and that all have an owner again is. */
export const partitionWatchDecider: Decider<PartitionWatchState, PartitionWatchCommand, PartitionWatchEvent> = {
  initial: { unowned: [] },
  decide: (command, { unowned }) => {
    switch (command.type) {
      case 'ReportUnowned': {
        const { partitions, since } = command.data;
        if (partitions.every((one) => unowned.includes(one))) return [];
        const all = [...new Set([...unowned, ...partitions])].toSorted((a, b) => a - b);
        return [{ type: 'PartitionsUnowned', v: 1, data: { partitions: all, ...(since !== undefined && { since }) } }];
      }
      case 'ReportOwned':
        return unowned.length === 0 ? [] : [{ type: 'PartitionsOwned', v: 1, data: {} }];
      default:
        return assertNever(command);
    }
  },
  evolve: (_state, event) => ({ unowned: event.type === 'PartitionsUnowned' ? event.data.partitions : [] }),
};
