import type { RetiredKey } from '@latchkey/contracts';
import { CliError } from '../errors.js';
import { masterKeys } from './master-keys.js';

/** @throws {CliError} `cli.bad_option`; the vault's refusal, with its code and remedy */
export const retire = async (keyId: string): Promise<RetiredKey> => {
  if (!/^[0-9a-f]{16}$/.test(keyId))
    throw new CliError(
      'cli.bad_option',
      'say which by its id, 16 hex digits: `latchkey keys status` shows them; never the key itself',
    );
  return masterKeys((vault) => vault.retire(keyId));
};
