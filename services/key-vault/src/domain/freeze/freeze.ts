import type { EventOf } from '@latchkey/contracts';
import { assertNever, type Decider } from '@latchkey/kernel';

export type FreezeEvent = EventOf<'VaultFrozen' | 'VaultThawed'>;
export type Freeze = { readonly status: 'thawed' } | { readonly status: 'frozen'; readonly reason: string };
export type FreezeCommand =
  | { readonly type: 'FreezeVault'; readonly data: { readonly reason: string } }
  /** `since`: of the freeze that was meant; `frozenSince`: of the one in force, where there is one. */
  | {
      readonly type: 'ThawVault';
      readonly data: { readonly reason: string; readonly since: string; readonly frozenSince: string | undefined };
    };

/**
 * Whether the vault signs at all. To freeze what is frozen, or thaw what is not, changes nothing: the first reason stays. Neither does a thaw
 * that means another freeze: whoever repeats one ends none that came after it.
 */
export const freezeDecider: Decider<Freeze, FreezeCommand, FreezeEvent> = {
  initial: { status: 'thawed' },
  decide: (command, { status }) => {
    const { reason } = command.data;
    switch (command.type) {
      case 'FreezeVault':
        return status === 'frozen' ? [] : [{ type: 'VaultFrozen', v: 1, data: { reason } }];
      case 'ThawVault': {
        const isMeant = status === 'frozen' && command.data.since === command.data.frozenSince;
        return isMeant ? [{ type: 'VaultThawed', v: 1, data: { reason } }] : [];
      }
      default:
        return assertNever(command);
    }
  },
  evolve: (_freeze, event) =>
    event.type === 'VaultFrozen' ? { status: 'frozen', reason: event.data.reason } : { status: 'thawed' },
};
