import type { CommandContext } from '@latchkey/contracts';
import { replay, type CredentialId } from '@latchkey/kernel';
import type { Credential, CredentialCommand, CredentialEvent } from '../domain/credential/credential.js';
import { credentialDecider } from '../domain/credential/decide.js';
import { VaultError } from '../domain/vault-error.js';
import type { Credentials, NewSecret } from './ports.js';

export type Change = {
  readonly id: CredentialId;
  readonly command: CredentialCommand;
  readonly context: CommandContext;
  /** What was found out holds for this version of the stream alone: once it has moved on, nothing is done. */
  readonly onlyAt?: number;
  /** Encrypts for the version that the next event will have: the ciphertext opens for that version alone. */
  readonly secretAt?: (savedVersion: number) => Promise<NewSecret>;
  readonly sealedSecret?: { readonly jti: string; readonly expiresAt: string };
  /** Digest of the pair that the secret is of: it must still be pending when this is stored. */
  readonly pendingPair?: string;
};

export type Changed = { readonly credential: Credential; readonly events: readonly CredentialEvent[] };
export type ChangeCredential = (change: Change) => Promise<Changed>;

const maxTries = 5;

/** Decides one command on a credential's history and stores what follows; decides again when somebody else was faster. */
export const createChangeCredential =
  (credentials: Pick<Credentials, 'load' | 'commit'>): ChangeCredential =>
  async ({ id, command, context, onlyAt, secretAt, sealedSecret, pendingPair }) => {
    for (let tries = 1; tries <= maxTries; tries += 1) {
      const { version, credential } = await credentials.load(id);
      if (onlyAt !== undefined && onlyAt !== version) return { credential, events: [] };
      const events = credentialDecider.decide(command, credential);
      if (events.length === 0) return { credential, events };
      const secret = await secretAt?.(version + 1);
      const stored = await credentials.commit({
        id,
        expectedVersion: version,
        events,
        context,
        ...(secret === undefined ? {} : { secret }),
        ...(sealedSecret === undefined ? {} : { sealedSecret }),
        ...(pendingPair === undefined ? {} : { pendingPair }),
      });
      if (stored) return { credential: replay({ ...credentialDecider, initial: credential }, events), events };
    }
    throw new VaultError('vault.conflict', { credentialId: id });
  };
