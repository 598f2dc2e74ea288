import type { CommandContext } from '@latchkey/contracts';
import type { CredentialId } from '@latchkey/kernel';
import type { EnvelopeText } from '../domain/encryption/envelope.js';
import type { KeyId } from '../domain/encryption/key-provider.js';
import type { KeyPair, KeyPairEvent } from '../domain/key-pair/key-pair.js';

/** The private half of a pending pair, encrypted for the event that made it. */
export type StoredKeyPair = {
  readonly generatedVersion: number;
  readonly publicKeyDigest: string;
  readonly keyId: KeyId;
  readonly privateKey: EnvelopeText;
};

/** An account's pairs as their events tell them, and the row of the one that is pending. */
export type KeyPairs = {
  readonly load: (id: CredentialId) => Promise<{ readonly version: number; readonly keyPair: KeyPair }>;
  readonly find: (id: CredentialId) => Promise<StoredKeyPair | undefined>;
  /** Appends, and brings the row up to date, in one transaction. `false`: the stream had moved on, nothing was stored. */
  readonly commit: (change: {
    readonly id: CredentialId;
    readonly expectedVersion: number;
    readonly events: readonly KeyPairEvent[];
    readonly context: CommandContext;
    /** Of the pair that was generated; without one the row goes. */
    readonly row?: StoredKeyPair;
  }) => Promise<boolean>;
  /** Rows whose time is over. */
  readonly expired: (atMs: number) => Promise<readonly CredentialId[]>;
  /**
   * Drops a row whose time is over, if it is still so: one that its stream knows nothing of, an old one that was put back. A pair that was
   * generated meanwhile stays.
   */
  readonly dropExpired: (id: CredentialId, atMs: number) => Promise<void>;
};
