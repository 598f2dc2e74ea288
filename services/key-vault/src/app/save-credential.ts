import type { RpcReply, RpcRequest } from '@latchkey/contracts';
import { isAppError, type Clock } from '@latchkey/kernel';
import { openSecret, type OpenedSecret } from '@latchkey/sealing';
import { credentialIdOf } from '../domain/credential/credential-id.js';
import { instantOf } from '../domain/credential/credential.js';
import { checkKeyFormat, maskedKey, type CheckedSecret } from '../domain/credential/key-format.js';
import { VaultError } from '../domain/vault-error.js';
import type { ChangeCredential } from './change-credential.js';
import type { CredentialCipher } from './credential-cipher.js';
import type { SealingKeyDesk } from './sealing-key.js';

type Command = RpcRequest<'cmd.key-vault.save-credential'>;
type Deps = {
  readonly change: ChangeCredential;
  readonly cipher: Pick<CredentialCipher, 'seal'>;
  readonly sealing: Pick<SealingKeyDesk, 'privateKeyOf'>;
  readonly clock: Clock;
};

/** How old a sealed secret may be. */
const maxSealedAgeMs = 10 * 60_000;
// Its id is remembered a little longer than it would be taken, whatever the clocks of the machines say.
const rememberedMs = 2 * maxSealedAgeMs;

const open = async (command: Command, { sealing, clock }: Pick<Deps, 'sealing' | 'clock'>): Promise<OpenedSecret> => {
  try {
    return await openSecret(command.sealedSecret, { privateKeyOf: sealing.privateKeyOf, maxAgeMs: maxSealedAgeMs, clock });
  } catch (error) {
    // An envelope of ours that does not open, or Postgres being away, says nothing about what the user sent.
    if (!isAppError(error) || !error.code.startsWith('sealing.')) throw error;
    throw new VaultError(error.code === 'sealing.stale' ? 'vault.sealed_secret_stale' : 'vault.sealed_secret_invalid', {
      why: error.code,
    });
  }
};

const checkHeader = ({ userId, exchange, environment }: Command, { header }: OpenedSecret): void => {
  if (header.sub === userId && header.exchange === exchange && header.environment === environment) return;
  throw new VaultError('vault.sealed_secret_mismatch');
};

/** Takes a sealed key pair in: opened, compared with the command, checked, encrypted for this one row, and overwritten in memory. */
export const saveCredential =
  ({ change, cipher, sealing, clock }: Deps) =>
  async (command: Command): Promise<RpcReply<'cmd.key-vault.save-credential'>> => {
    const { userId, exchange, environment, context } = command;
    const opened = await open(command, { sealing, clock });
    const apiKey = Buffer.from(opened.header.apiKey, 'utf8');
    let checked: CheckedSecret | undefined;
    try {
      checkHeader(command, opened);
      checked = checkKeyFormat(exchange, apiKey, opened.secret);
      const { keyType, secret } = checked;
      const account = { userId, exchange, environment };
      const credentialId = credentialIdOf(account);
      const mask = maskedKey(opened.header.apiKey);
      await change({
        id: credentialId,
        command: { type: 'SaveCredential', data: { ...account, credentialId, maskedKey: mask, keyType } },
        context,
        secretAt: (savedVersion) => cipher.seal({ ...account, credentialId }, savedVersion, apiKey, secret),
        sealedSecret: { jti: opened.header.jti, expiresAt: instantOf(clock.now() + rememberedMs) },
      });
      return { credentialId, maskedKey: mask };
    } finally {
      opened.secret.fill(0);
      checked?.secret.fill(0);
    }
  };
