import type { EventOf } from '@latchkey/contracts';
import { assertNever, type Decider } from '@latchkey/kernel';
import { VaultError } from '../vault-error.js';
import type { KeyId } from './key-provider.js';

/** What is on record of one master key: whether all is being wrapped under it, and whether it is no longer to be used at all. */
export type MasterKeyState = { readonly rotating: boolean; readonly retired: boolean };

export type MasterKeyEvent = EventOf<'EncryptionKeyRotationStarted' | 'EncryptionKeyRotationCompleted' | 'EncryptionKeyRetired'>;

type Named<Data> = { readonly keyId: KeyId; readonly at: string } & Data;
export type MasterKeyCommand =
  /** Rows are under another key, and not only such as no key opens. */
  | { readonly type: 'BeginRotation'; readonly data: Named<{ readonly rows: number }> }
  /** None is left but those. */
  | { readonly type: 'CompleteRotation'; readonly data: Named<object> }
  | { readonly type: 'Retire'; readonly data: Named<object> };

const decide = (command: MasterKeyCommand, state: MasterKeyState): readonly MasterKeyEvent[] => {
  const { keyId, at } = command.data;
  switch (command.type) {
    case 'BeginRotation':
      if (state.retired) throw new VaultError('vault.encryption_key_retired', { keyId });
      if (state.rotating) return [];
      return [{ type: 'EncryptionKeyRotationStarted', v: 1, data: { keyId, startedAt: at, rows: command.data.rows } }];
    case 'CompleteRotation':
      return state.rotating ? [{ type: 'EncryptionKeyRotationCompleted', v: 1, data: { keyId, completedAt: at } }] : [];
    case 'Retire':
      // Also for the second time: a database that was restored holds what the first time had taken away.
      return [{ type: 'EncryptionKeyRetired', v: 1, data: { keyId, retiredAt: at } }];
    default:
      return assertNever(command);
  }
};

const evolve = (state: MasterKeyState, event: MasterKeyEvent): MasterKeyState => {
  switch (event.type) {
    case 'EncryptionKeyRotationStarted':
      return { ...state, rotating: true };
    case 'EncryptionKeyRotationCompleted':
      return { ...state, rotating: false };
    case 'EncryptionKeyRetired':
      return { rotating: false, retired: true };
    default:
      return assertNever(event);
  }
};

export const masterKeyDecider: Decider<MasterKeyState, MasterKeyCommand, MasterKeyEvent> = {
  initial: { rotating: false, retired: false },
  decide,
  evolve,
};
