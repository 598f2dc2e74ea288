import { assertNever } from '@latchkey/kernel';
import type { Credential } from '../credential/credential.js';
import { VaultError } from '../vault-error.js';

export type ImportOutcome = 'imported' | 'replaced' | 'already_imported';

type Found = {
  /** The stored API key is the one of the row. */
  readonly sameKey: boolean;
  /** The operator wants the older table's key wherever it differs from what is here. */
  readonly replace: boolean;
};

/**
 * What an import does to an account as it stands. What its user did here, saving another key or deleting one, is later than the older table
 * and stays unless the operator says otherwise.
 *
 * @throws {VaultError} `vault.import_key_exists`, `vault.import_key_deleted`
 */
export const importVerdict = (credential: Credential, { sameKey, replace }: Found): ImportOutcome => {
  switch (credential.status) {
    case 'none':
      return 'imported';
    case 'unverified':
    case 'verified':
    case 'disabled':
      if (sameKey) return 'already_imported';
      if (replace) return 'replaced';
      throw new VaultError('vault.import_key_exists', { credentialId: credential.credentialId });
    case 'damaged': // does not open any more: the same key is as good as another
      if (replace) return 'replaced';
      throw new VaultError('vault.import_key_exists', { credentialId: credential.credentialId });
    case 'deleting':
    case 'deleted':
      if (replace) return credential.status === 'deleted' ? 'imported' : 'replaced';
      throw new VaultError('vault.import_key_deleted', { credentialId: credential.credentialId });
    default:
      return assertNever(credential);
  }
};
