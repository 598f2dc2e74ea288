import type { RpcReply } from '@latchkey/contracts';
import { CliError } from '../errors.js';
import { asOperator } from '../operator/operator-client.js';

export type Retired = RpcReply<'cmd.key-vault.retire-key'>;

/** @throws {CliError} `cli.bad_option`; the vault's refusal, with its code and remedy */
export const retire = async (keyId: string): Promise<Retired> => {
  if (!/^[0-9a-f]{16}$/.test(keyId))
    throw new CliError(
      'cli.bad_option',
      'say which by its id, 16 hex digits: `latchkey keys status` shows them; never the key itself',
    );
  return asOperator(({ rpc, context }) => rpc.call('cmd.key-vault.retire-key', { keyId, context }));
};
