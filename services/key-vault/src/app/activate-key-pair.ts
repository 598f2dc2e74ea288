import type { Account, RpcReply, RpcRequest } from '@latchkey/contracts';
import type { Clock, CredentialId } from '@latchkey/kernel';
import { credentialIdOf } from '../domain/credential/credential-id.js';
import { checkApiKeyFormat, checkKeyType, maskedKey } from '../domain/credential/key-format.js';
import { rowFault } from '../domain/credential/integrity.js';
import { keyPairBinding } from '../domain/encryption/binding.js';
import { openEnvelope } from '../domain/encryption/envelope.js';
import type { KeyProvider } from '../domain/encryption/key-provider.js';
import { isFresh, type PendingKeyPair } from '../domain/key-pair/key-pair.js';
import { VaultError } from '../domain/vault-error.js';
import type { ChangeCredential } from './change-credential.js';
import type { CredentialCipher } from './credential-cipher.js';
import type { KeyPairs, StoredKeyPair } from './key-pair-ports.js';
import type { Credentials } from './ports.js';

type Deps = {
  readonly change: ChangeCredential;
  readonly credentials: Pick<Credentials, 'load' | 'read'>;
  readonly keyPairs: Pick<KeyPairs, 'load' | 'find'>;
  readonly cipher: CredentialCipher;
  readonly keys: KeyProvider;
  readonly clock: Clock;
};
type Pending = { readonly pair: PendingKeyPair; readonly row: StoredKeyPair };

const maxTries = 5;

/**
 * Binds what the exchange calls the public key to the account's pending pair: from here on it is the account's credential, unverified as
 * any other, so that nothing trades before the exchange has taken a signature of it. The pair stays pending until then, for the case that
 * the key was mistyped. Asked again for the same key, it changes nothing.
 */
export const activateKeyPair = ({ change, credentials, keyPairs, cipher, keys, clock }: Deps) => {
  const pendingOf = async (id: CredentialId): Promise<Pending | undefined> => {
    const [{ version, keyPair }, row] = await Promise.all([keyPairs.load(id), keyPairs.find(id)]);
    // A row of another pair than the one on record was put back, or is just being replaced.
    if (keyPair.status === 'none' || row === undefined) return undefined;
    if (row.generatedVersion !== version || row.publicKeyDigest !== keyPair.publicKeyDigest) return undefined;
    return isFresh(keyPair, clock.now()) ? { pair: keyPair, row } : undefined;
  };

  /** Of the credential in force, when it is a pair of ours under that very API key. */
  const digestInForce = async (id: CredentialId, apiKey: string): Promise<string | undefined> => {
    const row = (await credentials.read([id])).get(id);
    if (row?.secret === undefined || rowFault(row) !== undefined) return undefined;
    const { credential } = row;
    const stands = credential.status === 'unverified' || credential.status === 'verified' || credential.status === 'disabled';
    if (!stands || credential.publicKeyDigest === undefined) return undefined;
    const opened = await cipher.open(credential, row.secret);
    if (!opened.ok) return undefined;
    opened.apiSecret.fill(0);
    return opened.apiKey === apiKey ? credential.publicKeyDigest : undefined;
  };

  /** `false`: the credential changed meanwhile. */
  const bind = async (
    account: Account,
    { pair: { credentialId, publicKeyDigest }, row }: Pending,
    apiKey: string,
    {
      version,
      context,
    }: { readonly version: number; readonly context: RpcRequest<'cmd.key-vault.activate-key-pair'>['context'] },
  ): Promise<boolean> => {
    const identity = { ...account, credentialId };
    const pkcs8 = await openEnvelope(keys, keyPairBinding(account, credentialId, row.generatedVersion), row.privateKey);
    try {
      const data = { ...identity, maskedKey: maskedKey(apiKey), keyType: 'ed25519', publicKeyDigest } as const;
      const { events } = await change({
        id: credentialId,
        command: { type: 'SaveCredential', data },
        context,
        onlyAt: version,
        secretAt: (savedVersion) => cipher.seal(identity, savedVersion, Buffer.from(apiKey, 'utf8'), pkcs8),
        pendingPair: publicKeyDigest,
      });
      return events.length > 0;
    } finally {
      pkcs8.fill(0);
    }
  };

  return async ({
    userId,
    exchange,
    environment,
    apiKey,
    context,
  }: RpcRequest<'cmd.key-vault.activate-key-pair'>): Promise<RpcReply<'cmd.key-vault.activate-key-pair'>> => {
    checkKeyType(exchange, 'ed25519');
    checkApiKeyFormat(exchange, Buffer.from(apiKey, 'utf8'));
    const account = { userId, exchange, environment };
    const credentialId = credentialIdOf(account);
    for (let tries = 1; tries <= maxTries; tries += 1) {
      const { version } = await credentials.load(credentialId);
      const pending = await pendingOf(credentialId);
      const inForce = await digestInForce(credentialId, apiKey);
      const isDone = inForce !== undefined && (pending === undefined || pending.pair.publicKeyDigest === inForce);
      if (!isDone && pending === undefined) throw new VaultError('vault.key_pair_not_found', { exchange, environment });
      if (isDone || (pending !== undefined && (await bind(account, pending, apiKey, { version, context }))))
        return { credentialId, maskedKey: maskedKey(apiKey) };
    }
    throw new VaultError('vault.conflict', { credentialId });
  };
};
