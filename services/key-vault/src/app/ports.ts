import type { CommandContext, EventOf, FreezeState } from '@latchkey/contracts';
import type { CredentialId, UserId } from '@latchkey/kernel';
import type { Credential, CredentialEvent } from '../domain/credential/credential.js';
import type { CredentialRow } from '../domain/credential/integrity.js';
import type { EnvelopeText } from '../domain/encryption/envelope.js';
import type { KeyId, KeyUse } from '../domain/encryption/key-provider.js';
import type { MasterKeyCommand } from '../domain/encryption/master-key.js';

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
   * @throws {VaultError} `vault.sealed_secret_replayed`, `vault.key_pair_replaced`
   */
  readonly commit: (change: {
    readonly id: CredentialId;
    readonly expectedVersion: number;
    readonly events: readonly CredentialEvent[];
    readonly context: CommandContext;
    readonly secret?: NewSecret;
    readonly sealedSecret?: { readonly jti: string; readonly expiresAt: string };
    readonly pendingPair?: string;
  }) => Promise<boolean>;
  /** Brings rows that are behind their streams up to date, recorded deletions included; without ids: every one of them. */
  readonly catchUp: (ids?: readonly CredentialId[]) => Promise<readonly CredentialId[]>;
  /** Some of the deleted keys whose secret must be gone by then, but none of `except`. */
  readonly dueForDestruction: (atMs: number, except: readonly CredentialId[]) => Promise<readonly CredentialId[]>;
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

/** With its times: when it was made, and when the next one was. */
export type StoredSealingKey = SealingKeyRow & { readonly createdAtMs: number; readonly replacedAtMs?: number };

export type SealingKeys = {
  readonly newest: () => Promise<StoredSealingKey | undefined>;
  readonly find: (kid: string) => Promise<StoredSealingKey | undefined>;
  /** Newest first. */
  readonly all: () => Promise<readonly StoredSealingKey[]>;
  /** Stores the one that follows on `after` (`undefined`: the first), unless another process was first. */
  readonly add: (
    row: SealingKeyRow & { readonly createdAtMs: number },
    after: string | undefined,
    context: CommandContext,
  ) => Promise<void>;
  /** Destroys those that were replaced by then. */
  readonly destroyReplaced: (byMs: number, at: string, context: CommandContext) => Promise<void>;
};

export type Sentinels = {
  /** Master keys that some stored ciphertext needs. */
  readonly keyIdsInUse: () => Promise<readonly KeyId[]>;
  /** Those that an operator retired. */
  readonly retiredKeyIds: () => Promise<readonly KeyId[]>;
  readonly find: (keyId: KeyId) => Promise<EnvelopeText | undefined>;
  readonly add: (keyId: KeyId, envelope: EnvelopeText) => Promise<void>;
};

export type FingerprintKeys = {
  readonly find: (name: string) => Promise<EnvelopeText | undefined>;
  /** Stores it, unless there is one of that name. @returns the one that is stored */
  readonly addOrFind: (key: {
    readonly name: string;
    readonly keyId: KeyId;
    readonly envelope: EnvelopeText;
  }) => Promise<EnvelopeText>;
};

/** How many data keys each master key has wrapped. */
export type WrapCounts = {
  /** Adds a block, durably, unless the count would pass `stopsAt` or the key was retired. @returns the count with it */
  readonly reserve: (
    keyId: KeyId,
    block: number,
    stopsAt: number,
  ) => Promise<{ readonly ok: true; readonly wraps: number } | { readonly ok: false; readonly retired: boolean }>;
  readonly all: () => Promise<readonly { readonly keyId: KeyId; readonly wraps: number }[]>;
};

/** One row of any table that holds ciphertext, with the envelopes in it and what each is bound to. */
export type EncryptedRow = {
  readonly table: string;
  readonly owner: string;
  readonly keyId: KeyId;
  readonly envelopes: readonly {
    readonly column: string;
    readonly use: KeyUse;
    readonly field: string;
    readonly envelope: EnvelopeText;
  }[];
};
export type RewrappedRow = {
  readonly row: EncryptedRow;
  readonly keyId: KeyId;
  /** By column. */
  readonly envelopes: Readonly<Record<string, EnvelopeText>>;
};

export type EncryptedRows = {
  readonly tables: readonly string[];
  /** Rows of one table under one key, in the order of their owners. */
  readonly under: (page: {
    readonly table: string;
    readonly keyId: KeyId;
    readonly after: string | undefined;
    readonly limit: number;
  }) => Promise<readonly EncryptedRow[]>;
  /** Writes those rows (of one table) that are still as they were read. @returns how many */
  readonly replace: (rows: readonly RewrappedRow[]) => Promise<number>;
  readonly counts: () => Promise<readonly { readonly table: string; readonly keyId: KeyId; readonly rows: number }[]>;
};

/** What is on record of the master keys. */
export type MasterKeys = {
  readonly handle: (keyId: KeyId, command: MasterKeyCommand, context: CommandContext) => Promise<void>;
  /**
   * Takes the key's sentinel away and records that, unless something is stored under it. Ciphertext that nothing opens any more is let go.
   * `absent`: there is nothing to take away.
   */
  readonly retire: (
    keyId: KeyId,
    data: { readonly keyId: KeyId; readonly at: string },
    context: CommandContext,
  ) => Promise<'retired' | 'in_use' | 'absent'>;
  /** Every key that ever wrote, and what became of it. */
  readonly history: () => Promise<readonly { readonly keyId: KeyId; readonly sentinel: boolean; readonly retiredAt?: string }[]>;
  readonly isKnown: (keyId: KeyId) => Promise<boolean>;
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
  readonly freeze: (reason: string, context: CommandContext) => Promise<boolean>;
  /**
   * @param since of the freeze that it ends; any other one stays
   * @returns whether it changed anything
   */
  readonly thaw: (end: { readonly reason: string; readonly since: string }, context: CommandContext) => Promise<boolean>;
  readonly state: () => Promise<FreezeState>;
};
