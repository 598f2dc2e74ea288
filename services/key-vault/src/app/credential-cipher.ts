import { isAppError } from '@latchkey/kernel';
import { credentialBinding, type CredentialField } from '../domain/encryption/binding.js';
import { openEnvelope, sealEnvelopeUnder } from '../domain/encryption/envelope.js';
import type { KeyProvider } from '../domain/encryption/key-provider.js';
import type { CredentialIdentity } from '../domain/credential/credential.js';
import type { Fingerprints } from './fingerprints.js';
import type { NewSecret, Random, StoredSecret } from './ports.js';

/** Turns a key pair into ciphertext for one row, and back. */
export type CredentialCipher = {
  readonly seal: (of: CredentialIdentity, savedVersion: number, apiKey: Buffer, apiSecret: Buffer) => Promise<NewSecret>;
  /** Both halves, or `field`: the one that failed. The caller overwrites `apiSecret` after use. */
  readonly open: (
    of: CredentialIdentity,
    stored: StoredSecret,
  ) => Promise<
    | { readonly ok: true; readonly apiKey: string; readonly apiSecret: Buffer }
    | { readonly ok: false; readonly field: CredentialField }
  >;
};

export const createCredentialCipher = (
  keys: KeyProvider,
  random: Random,
  fingerprints: Pick<Fingerprints, 'of'>,
): CredentialCipher => {
  const binding = (of: CredentialIdentity, field: CredentialField, savedVersion: number) => {
    const { userId, exchange, environment } = of;
    return credentialBinding({ userId, exchange, environment }, of.credentialId, field, savedVersion);
  };
  // A key provider that is away says nothing about the row: only a failed check may end in the advice to enter the key again.
  const openField = async (of: CredentialIdentity, field: CredentialField, savedVersion: number, envelope: string) => {
    try {
      return await openEnvelope(keys, binding(of, field, savedVersion), envelope);
    } catch (error) {
      if (isAppError(error, 'vault.integrity_failed')) return undefined;
      throw error;
    }
  };
  return {
    seal: async (of, savedVersion, apiKey, apiSecret) => {
      const [keyId] = await keys.keyIds();
      const [sealedKey, sealedSecret, fingerprint] = await Promise.all([
        sealEnvelopeUnder(keyId, keys, random, binding(of, 'api_key', savedVersion), apiKey),
        sealEnvelopeUnder(keyId, keys, random, binding(of, 'api_secret', savedVersion), apiSecret),
        fingerprints.of(apiKey),
      ]);
      return { savedVersion, keyId, apiKey: sealedKey, apiSecret: sealedSecret, fingerprint };
    },
    open: async (of, stored) => {
      const apiKey = await openField(of, 'api_key', stored.savedVersion, stored.apiKey);
      if (!apiKey) return { ok: false, field: 'api_key' };
      const apiSecret = await openField(of, 'api_secret', stored.savedVersion, stored.apiSecret);
      if (!apiSecret) return { ok: false, field: 'api_secret' };
      return { ok: true, apiKey: apiKey.toString('utf8'), apiSecret };
    },
  };
};
