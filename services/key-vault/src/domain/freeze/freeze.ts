import type { EventOf } from '@latchkey/contracts';
import { assertNever, type Decider } from '@latchkey/kernel';

export type FreezeEvent = EventOf<'VaultFrozen' | 'VaultThawed'>;
export type Freeze = { readonly status: 'thawed' } | { readonly status: 'frozen'; readonly reason: string };
export type FreezeCommand = {
  readonly type: 'FreezeVault' | 'ThawVault';
  readonly data: { readonly reason: string };
};

/** Whether the vault signs at all. To freeze what is frozen, or thaw what is not, changes nothing: the first reason stays. */
export const freezeDecider: Decider<Freeze, FreezeCommand, FreezeEvent> = {
  initial: { status: 'thawed' },
  decide: ({ type, data: { reason } }, { status }) => {
    switch (type) {
      case 'FreezeVault':
        return status === 'frozen' ? [] : [{ type: 'VaultFrozen', v: 1, data: { reason } }];
      case 'ThawVault':
        return status === 'thawed' ? [] : [{ type: 'VaultThawed', v: 1, data: { reason } }];
      default:
        return assertNever(type);
    }
  },
  evolve: (_freeze, event) =>
    event.type === 'VaultFrozen' ? { status: 'frozen', reason: event.data.reason } : { status: 'thawed' },
};
