import type { CommandContext, EventOf, FreezeState } from '@latchkey/contracts';
import type { CredentialId, UserId } from '@latchkey/kernel';
import type { Credential, CredentialEvent } from '../domain/credential/credential.js';
import type { CredentialRow } from '../domain/credential/integrity.js';
import type { EnvelopeText } from '../domain/encryption/envelope.js';
import type { KeyId } from '../domain/encryption/key-provider.js';
import type { FreezeCommand } from '../domain/freeze/freeze.js';

/** Randomness from the machine; outside Node's buffer pool. */
export type Random = (bytes: number) => Buffer;

export type StoredSecret = {
  readonly savedVersion: number;
  readonly apiKey: EnvelopeText;
  readonly apiSecret: EnvelopeText;
  /** Keyed digest of the API key: tells whether two saves were of the same one. */
  readonly fingerprint: string;
};
export type NewSecret = StoredSecret & { readonly keyId: KeyId };
export type StoredCredential = CredentialRow<StoredSecret>;

/** Credentials as their events tell them, and the rows that are kept with them. */
export type Credentials = {
  /** From the stream itself: what changes are decided on. */
  readonly load: (id: CredentialId) => Promise<{ readonly version: number; readonly credential: Credential }>;
  /** From the rows, in one read: what signing goes by. Ids without a row are missing. */
  readonly read: (ids: readonly CredentialId[]) => Promise<ReadonlyMap<CredentialId, StoredCredential>>;
  readonly ofUser: (userId: UserId) => Promise<readonly Credential[]>;
  /**
   * Appends, and brings the rows up to date, in one transaction. `false`: the stream had moved on, nothing was stored.
   *
   * @throws {VaultError} `vault.sealed_secret_replayed`
   */
  readonly commit: (change: {
    readonly id: CredentialId;
    readonly expectedVersion: number;
    readonly events: readonly CredentialEvent[];
    readonly context: CommandContext;
    readonly secret?: NewSecret;
    readonly sealedSecret?: { readonly jti: string; readonly expiresAt: string };
  }) => Promise<boolean>;
  /** Brings rows that are behind their streams up to date, recorded deletions included; without ids: every one of them. */
  readonly catchUp: (ids?: readonly CredentialId[]) => Promise<readonly CredentialId[]>;
  /** Deleted keys whose secret must be gone by then. */
  readonly dueForDestruction: (atMs: number) => Promise<readonly CredentialId[]>;
};

export type Verifications = {
  readonly find: (
    verificationId: string,
  ) => Promise<{ readonly credentialId: CredentialId; readonly signedStrings: number } | undefined>;
  /** Forgets what ended long ago: verifications, and ids of sealed secrets that would be too old anyway. */
  readonly forgetEnded: (beforeMs: number) => Promise<void>;
};

export type SealingKeyRow = {
  readonly kid: string;
  readonly publicJwk: { readonly kty: 'EC'; readonly crv: 'P-256'; readonly x: string; readonly y: string };
  readonly keyId: KeyId;
  readonly privateKey: EnvelopeText;
};

export type SealingKeys = {
  readonly newest: () => Promise<SealingKeyRow | undefined>;
  readonly find: (kid: string) => Promise<SealingKeyRow | undefined>;
  /** Stores it unless another process was first. */
  readonly createFirst: (row: SealingKeyRow, context: CommandContext) => Promise<void>;
};

export type Sentinels = {
  /** Master keys that some stored ciphertext needs. */
  readonly keyIdsInUse: () => Promise<readonly KeyId[]>;
  readonly find: (keyId: KeyId) => Promise<EnvelopeText | undefined>;
  readonly add: (keyId: KeyId, envelope: EnvelopeText) => Promise<void>;
};

export type SignedItemRecord = EventOf<'SignaturesDecided'>['data']['items'][number];

/** One string of a batch, judged as far as that is possible without the transaction that records it. */
export type JudgedItem = {
  readonly record: Omit<SignedItemRecord, 'outcome' | 'keyFingerprint'>;
  /** Refused already, or to be checked again against the rows as they are then. */
  readonly refusal?: string;
  /** The credential as it was when the signature was made. */
  readonly credentialId: CredentialId;
  readonly savedVersion: number;
  /** Of the API key that it was signed with; absent where there was none. */
  readonly keyFingerprint?: string;
  /** Of an order: the symbol in the string itself. */
  readonly symbol?: string;
};

export type JudgedBatch = {
  readonly requestId: string;
  readonly caller: string;
  readonly context: CommandContext;
  readonly nowMs: number;
  readonly items: readonly JudgedItem[];
};

/** Where every decision is written down before a signature leaves: no record, no signature. */
export type SigningRecord = {
  /** Checks each item again inside the transaction that appends the batch's event, and answers `signed` or a code for each, in order. */
  readonly decide: (batch: JudgedBatch) => Promise<readonly string[]>;
};

/** Stops all signing but cancels, for every instance. */
export type FreezeSwitch = {
  /** @returns whether it changed anything */
  readonly handle: (command: FreezeCommand, context: CommandContext) => Promise<boolean>;
  readonly state: () => Promise<FreezeState>;
};
