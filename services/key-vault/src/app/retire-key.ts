import type { RpcReply, RpcRequest } from '@latchkey/contracts';
import type { Clock } from '@latchkey/kernel';
import { instantOf } from '../domain/credential/credential.js';
import type { KeyId, KeyProvider } from '../domain/encryption/key-provider.js';
import { VaultError } from '../domain/vault-error.js';
import type { EncryptedRows, MasterKeys } from './ports.js';

type Deps = {
  readonly keys: Pick<KeyProvider, 'keyIds'>;
  readonly rows: Pick<EncryptedRows, 'counts'>;
  readonly masterKeys: Pick<MasterKeys, 'retire' | 'history'>;
  readonly clock: Clock;
};

/**
 * Takes a master key out of use for good: nothing stored is under it, and from here on nothing can be. Whether that is so is decided by the
 * database, where other vaults may be writing with it at this moment.
 */
export const retireKey =
  ({ keys, rows, masterKeys, clock }: Deps) =>
  async ({ keyId: id, context }: RpcRequest<'cmd.key-vault.retire-key'>): Promise<RpcReply<'cmd.key-vault.retire-key'>> => {
    const keyId = id as KeyId;
    const held = await keys.keyIds();
    if (held[0] === keyId) throw new VaultError('vault.encryption_key_in_use', { keyId, writing: true });
    const retired = await masterKeys.retire(keyId, { keyId, at: instantOf(clock.now()) }, context);
    if (retired === 'in_use') {
      const under = (await rows.counts()).filter((count) => count.keyId === keyId);
      throw new VaultError('vault.encryption_key_in_use', {
        keyId,
        rows: Object.fromEntries(under.map((count) => [count.table, count.rows])),
      });
    }
    const known = (await masterKeys.history()).find((key) => key.keyId === keyId);
    if (known?.retiredAt === undefined) throw new VaultError('vault.encryption_key_unknown', { keyId });
    return { keyId, retiredAt: known.retiredAt, held: held.includes(keyId) };
  };
