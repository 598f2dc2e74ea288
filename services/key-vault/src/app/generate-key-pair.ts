import { createHash, generateKeyPairSync } from 'node:crypto';
import { publicKeyMessage, type AttestedPublicKey, type RpcReply, type RpcRequest } from '@latchkey/contracts';
import { InvariantError, type Clock } from '@latchkey/kernel';
import { signMessage, type MessageKey } from '@latchkey/sealing';
import { credentialIdOf } from '../domain/credential/credential-id.js';
import { checkKeyType } from '../domain/credential/key-format.js';
import { keyPairBinding } from '../domain/encryption/binding.js';
import { keyIdOfEnvelope, sealEnvelope } from '../domain/encryption/envelope.js';
import type { KeyProvider } from '../domain/encryption/key-provider.js';
import type { ChangeKeyPair } from './change-key-pair.js';
import type { Random } from './ports.js';

type Deps = {
  readonly changeKeyPair: ChangeKeyPair;
  readonly keys: KeyProvider;
  readonly messageKey: MessageKey;
  readonly random: Random;
  readonly clock: Clock;
};

/**
 * Makes an Ed25519 pair whose private half never leaves this process, and answers the public one under the vault's signature: a gateway
 * that lies cannot have its own registered instead. The account's pending pair before it, if any, is gone.
 */
export const generateKeyPair =
  ({ changeKeyPair, keys, messageKey, random, clock }: Deps) =>
  async ({
    userId,
    exchange,
    environment,
    context,
  }: RpcRequest<'cmd.key-vault.generate-key-pair'>): Promise<RpcReply<'cmd.key-vault.generate-key-pair'>> => {
    checkKeyType(exchange, 'ed25519');
    const account = { userId, exchange, environment };
    const credentialId = credentialIdOf(account);
    const pair = generateKeyPairSync('ed25519');
    const spki = pair.publicKey.export({ format: 'der', type: 'spki' });
    const publicKeyDigest = createHash('sha256').update(spki).digest('hex');
    const pkcs8 = pair.privateKey.export({ format: 'der', type: 'pkcs8' });
    try {
      const events = await changeKeyPair({
        id: credentialId,
        command: { type: 'GenerateKeyPair', data: { ...account, credentialId, publicKeyDigest, atMs: clock.now() } },
        context,
        rowAt: async (generatedVersion) => {
          const binding = keyPairBinding(account, credentialId, generatedVersion);
          const privateKey = await sealEnvelope(keys, random, binding, pkcs8);
          return { generatedVersion, publicKeyDigest, keyId: keyIdOfEnvelope(privateKey), privateKey };
        },
      });
      const generated = events.at(-1);
      if (generated?.type !== 'KeyPairGenerated') throw new InvariantError('a pair that was asked for is generated');
      const publicKey = pair.publicKey.export({ format: 'pem', type: 'spki' });
      const { expiresAt } = generated.data;
      const payload: AttestedPublicKey = { ...account, publicKey, expiresAt };
      return { publicKey, expiresAt, signed: await signMessage({ key: messageKey, ...publicKeyMessage, payload, clock }) };
    } finally {
      pkcs8.fill(0);
    }
  };
