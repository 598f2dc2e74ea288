import type { Brand } from '@latchkey/kernel';

/** Names a master key without telling anything about it: 16 hex digits that are derived from it. */
export type KeyId = Brand<string, 'KeyId'>;

/** What a data key is for. Each use has a sub-key of its own, so that nothing wrapped for one opens as another. */
export type KeyUse = 'credential' | 'key-pair' | 'sealing-key' | 'sentinel' | 'fingerprint-key';

/**
 * Whoever holds the master keys: the environment or a mounted file here, a key management service elsewhere. Asynchronous, because the
 * latter is asked over the network. Three things are asked of it, and each is one that such a service does without giving a key away:
 * wrapping (encrypt 32 bytes with additional data), unwrapping, and one derived key (a MAC of a constant).
 */
export type KeyProvider = {
  /** Every master key at hand; the first one writes, all of them read. */
  readonly keyIds: () => Promise<readonly [KeyId, ...KeyId[]]>;
  /**
   * Wraps 32 bytes under that master key's sub-key for `use`.
   *
   * @throws {VaultError} `vault.encryption_key_unavailable`: that master key is not at hand
   */
  readonly wrap: (wrapping: { keyId: KeyId; use: KeyUse; additionalData: Uint8Array; dataKey: Uint8Array }) => Promise<Buffer>;
  /**
   * The data key again; the caller overwrites it after use.
   *
   * @throws {VaultError} `vault.integrity_failed`, also for a master key that is not at hand
   */
  readonly unwrap: (wrapped: {
    keyId: KeyId;
    use: KeyUse;
    additionalData: Uint8Array;
    wrappedKey: Uint8Array;
  }) => Promise<Buffer>;
  /**
   * 32 bytes that follow from the writing key and from nothing else. Asked for once in the life of a database: what was derived is stored,
   * wrapped, and stays when another key writes. The caller overwrites them after use.
   */
  readonly deriveFingerprintKey: () => Promise<Buffer>;
};
