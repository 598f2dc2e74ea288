import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { VaultError } from '../vault-error.js';
import { aeadOpen, aeadSeal, ivBytes, keyBytes } from './aead.js';
import type { KeyId, KeyProvider, KeyUse } from './key-provider.js';

const salt = 'latchkey/key-vault';
const uses = ['credential', 'key-pair', 'sealing-key', 'sentinel', 'fingerprint-key'] as const satisfies readonly KeyUse[];

const derive = (master: Uint8Array, info: string, bytes: number): Buffer =>
  Buffer.from(hkdfSync('sha256', master, salt, info, bytes));

const subKey = (master: Uint8Array, info: string): KeyObject => {
  const bytes = derive(master, info, keyBytes);
  const key = createSecretKey(bytes);
  bytes.fill(0);
  return key;
};

type MasterKey = { readonly id: KeyId; readonly wrapping: Readonly<Record<KeyUse, KeyObject>>; readonly fingerprint: KeyObject };

/** The id that a master key gives itself; the same on every machine, and no help in finding the key. */
export const keyIdOf = (master: Uint8Array): KeyId => derive(master, 'key-id/v1', 8).toString('hex') as KeyId;

const masterKey = (master: Buffer): MasterKey => {
  const wrapping = Object.fromEntries(uses.map((use) => [use, subKey(master, `wrap/${use}/v1`)])) as Record<KeyUse, KeyObject>;
  const derived = { id: keyIdOf(master), wrapping, fingerprint: subKey(master, 'fingerprint/api-key/v1') };
  master.fill(0);
  return derived;
};

export type KeyringOptions = {
  /** 32 bytes; overwritten once the sub-keys are derived. */
  readonly current: Buffer;
  /** Read with, never written with: former keys, or the next one on its way to every replica. Overwritten likewise. */
  readonly reading?: readonly Buffer[];
  readonly random: (bytes: number) => Buffer;
};

/** Master keys held in this process. */
export const createKeyring = ({ current, reading: others = [], random }: KeyringOptions): KeyProvider => {
  const writing = masterKey(current);
  const keys = new Map([[writing.id, writing]]);
  for (const key of others.map(masterKey)) if (!keys.has(key.id)) keys.set(key.id, key);
  const reading = [...keys.keys()].slice(1);
  const find = (id: KeyId): MasterKey => {
    const key = keys.get(id);
    if (!key) throw new VaultError('vault.integrity_failed', { keyId: id });
    return key;
  };
  return {
    keyIds: async () => [writing.id, ...reading],
    wrap: async ({ keyId, use, additionalData, dataKey }) => {
      const key = keys.get(keyId);
      // Nothing is damaged: whoever chose that key did so before it was exchanged for another.
      if (!key) throw new VaultError('vault.encryption_key_unavailable', { keyId });
      return aeadSeal(key.wrapping[use], random(ivBytes), additionalData, dataKey);
    },
    unwrap: async ({ keyId, use, additionalData, wrappedKey }) => aeadOpen(find(keyId).wrapping[use], additionalData, wrappedKey),
    deriveFingerprintKey: async () => writing.fingerprint.export(),
  };
};
