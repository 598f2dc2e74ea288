import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { AppError } from '@latchkey/kernel';
import { fingerprintKeyBinding } from '../domain/encryption/binding.js';
import { keyIdOfEnvelope, openEnvelope, sealEnvelope } from '../domain/encryption/envelope.js';
import type { KeyProvider } from '../domain/encryption/key-provider.js';
import type { FingerprintKeys, Random } from './ports.js';

/** The stored fingerprint key does not open: without it every order would pass for one of another API key. */
class FingerprintError extends AppError<'vault.fingerprint_key_damaged'> {}

export type Fingerprints = {
  /** Makes the key, if there is none, and opens it; run before anything is served. @throws `vault.fingerprint_key_damaged` */
  readonly open: () => Promise<void>;
  /** 64 hex digits: equal API keys can be told, nothing else. The same under every master key (ADR 0145). */
  readonly of: (apiKey: Uint8Array) => Promise<string>;
};

type Deps = { readonly keys: KeyProvider; readonly stored: FingerprintKeys; readonly random: Random };

const name = 'api-key';
const binding = fingerprintKeyBinding(name);

export const createFingerprints = ({ keys, stored, random }: Deps): Fingerprints => {
  const create = async (): Promise<string> => {
    const derived = await keys.deriveFingerprintKey();
    try {
      const envelope = await sealEnvelope(keys, random, binding, derived);
      return await stored.addOrFind({ name, keyId: keyIdOfEnvelope(envelope), envelope });
    } finally {
      derived.fill(0);
    }
  };
  const load = async (): Promise<KeyObject> => {
    const envelope = (await stored.find(name)) ?? (await create());
    const bytes = await openEnvelope(keys, binding, envelope);
    const key = createSecretKey(bytes);
    bytes.fill(0);
    return key;
  };
  let loading: Promise<KeyObject> | undefined;
  const loaded = (): Promise<KeyObject> => {
    loading ??= load().catch((error: unknown) => {
      loading = undefined; // a database that is away says nothing about the next try
      throw error;
    });
    return loading;
  };
  return {
    open: async () => {
      try {
        await loaded();
      } catch (cause) {
        if (!(cause instanceof AppError) || cause.code !== 'vault.integrity_failed') throw cause;
        throw new FingerprintError(
          'vault.fingerprint_key_damaged',
          'the stored key of the fingerprints does not open, though its master key does: the database was altered or restored badly; put table "fingerprint_keys" back from a backup',
          {},
          { cause },
        );
      }
    },
    of: async (apiKey) =>
      createHmac('sha256', await loaded())
        .update(apiKey)
        .digest('hex'),
  };
};
