import type { CommandContext } from '@latchkey/contracts';
import type { CredentialId } from '@latchkey/kernel';
import { keyPairDecider, type KeyPairCommand, type KeyPairEvent } from '../domain/key-pair/key-pair.js';
import { VaultError } from '../domain/vault-error.js';
import type { KeyPairs, StoredKeyPair } from './key-pair-ports.js';

export type KeyPairChange = {
  readonly id: CredentialId;
  readonly command: KeyPairCommand;
  readonly context: CommandContext;
  /** Encrypts for the version of the event that makes the pair. */
  readonly rowAt?: (generatedVersion: number) => Promise<StoredKeyPair>;
};
export type ChangeKeyPair = (change: KeyPairChange) => Promise<readonly KeyPairEvent[]>;

const maxTries = 5;

/** Decides one command on the history of an account's pairs and stores what follows; decides again when somebody else was faster. */
export const createChangeKeyPair =
  (keyPairs: Pick<KeyPairs, 'load' | 'commit'>): ChangeKeyPair =>
  async ({ id, command, context, rowAt }) => {
    for (let tries = 1; tries <= maxTries; tries += 1) {
      const { version, keyPair } = await keyPairs.load(id);
      const events = keyPairDecider.decide(command, keyPair);
      if (events.length === 0) return events;
      const row = await rowAt?.(version + events.length);
      const change = { id, expectedVersion: version, events, context, ...(row === undefined ? {} : { row }) };
      if (await keyPairs.commit(change)) return events;
    }
    throw new VaultError('vault.conflict', { credentialId: id });
  };
