import type { Account, EventData, EventOf, KeyReport, KeyType, Permissions, VerificationResult } from '@latchkey/contracts';
import type { CredentialId } from '@latchkey/kernel';

export type CredentialEvent = EventOf<
  | 'CredentialSaved'
  | 'CredentialVerificationStarted'
  | 'CredentialVerified'
  | 'CredentialVerificationFailed'
  | 'CredentialExpiryNoticed'
  | 'CredentialDeleted'
  | 'CredentialSecretDestroyed'
  | 'CredentialIntegrityFailed'
>;

/** Whose key it is, and where. */
export type CredentialIdentity = Account & { readonly credentialId: CredentialId };

export type OpenVerification = { readonly verificationId: string; readonly expiresAt: string };

/** What is known of a key itself, without it. */
export type KeyFacts = {
  readonly maskedKey: string;
  /** Absent: HMAC. */
  readonly keyType?: KeyType;
  /** Of a pair that the vault made; absent: the user brought the key. */
  readonly publicKeyDigest?: string;
};

export const keyTypeOf = (credential: Credential): KeyType =>
  ('keyType' in credential ? credential.keyType : undefined) ?? 'hmac';

/** What a key's owner was told of its end. */
export type ExpiryNotice = Pick<EventData<'CredentialExpiryNoticed'>, 'expiresAt' | 'thresholdDays'>;

type Standing = CredentialIdentity &
  KeyFacts & {
    /** Begun and not answered; at most the newest four. */
    readonly verifications: readonly OpenVerification[];
    /** Code of the last verification that failed, until one succeeds. */
    readonly lastFailure?: string;
    /** Verifications that were begun since the last one that succeeded, and when the newest was. */
    readonly attempts?: number;
    readonly lastStartedAt?: string;
    /** What the owner was told of the key's end last. */
    readonly noticed?: ExpiryNotice;
  };

/** What the venue told of a key; absent in states that were recorded before it was kept. */
type Told = { readonly report?: KeyReport };

/** One user's key at one exchange and environment (DESIGN 4, the table of states; "halted" joins it with halts). */
export type Credential =
  | { readonly status: 'none' }
  | (Standing & { readonly status: 'unverified' })
  | (Standing &
      Told & {
        readonly status: 'verified';
        readonly verifiedAt: string;
        readonly permissions: Permissions;
        readonly warnings?: readonly string[];
      })
  | (Standing & Told & { readonly status: 'disabled'; readonly permissions?: Permissions; readonly settlesUntil?: string })
  /** Its row failed an integrity check: nothing is done with it until the user enters the key again. */
  | (Standing & { readonly status: 'damaged' })
  /** Deleted by its owner; unknown orders may be looked up for a moment. */
  | (CredentialIdentity & KeyFacts & { readonly status: 'deleting'; readonly readableUntil: string })
  | (CredentialIdentity & { readonly status: 'deleted' });

export type CredentialCommand =
  | {
      readonly type: 'SaveCredential';
      readonly data: CredentialIdentity & KeyFacts & { readonly keyType: KeyType; readonly imported?: true };
    }
  | { readonly type: 'BeginVerification'; readonly data: { readonly verificationId: string; readonly atMs: number } }
  | {
      readonly type: 'CompleteVerification';
      readonly data: {
        readonly verificationId: string;
        readonly result: VerificationResult;
        /** How many strings were signed for it. */
        readonly signedStrings: number;
        readonly atMs: number;
      };
    }
  | { readonly type: 'NoticeExpiry'; readonly data: { readonly atMs: number } }
  | { readonly type: 'DeleteCredential'; readonly data: { readonly atMs: number } }
  | { readonly type: 'DestroySecret'; readonly data: { readonly atMs: number } }
  | { readonly type: 'RecordIntegrityFailure'; readonly data: { readonly field: string; readonly atMs: number } };

/** A verification takes at most this long; strings are signed and the verdict is taken within it. */
export const verificationWindowMs = 30_000;
/** Strings signed for one verification. */
export const maxVerificationStrings = 4;
/** How long a disabled key may still look up and cancel what it opened. */
export const settlingWindowMs = 24 * 60 * 60 * 1_000;
/** How long a deleted key's secret may live, so that unknown orders are settled. */
export const deletionWindowMs = 120_000;

export const instantOf = (ms: number): string => new Date(ms).toISOString();
export const msOf = (instant: string): number => Date.parse(instant);
