import type { Account, CommandContext, CredentialHistoryEntry, ExchangeName, VerificationVerdict } from '@latchkey/contracts';
import type { CredentialId } from '@latchkey/kernel';

/** A key whose next verification is due, as its row says. */
export type DueCredential = Account & { readonly credentialId: CredentialId; readonly streamVersion: number };

/** What is due when; the times follow from each credential's events and are kept in its row. */
export type VerificationQueue = {
  /** The one key of this exchange that has been due for longest, but none of `except`. */
  readonly nextDue: (exchange: ExchangeName, atMs: number, except: readonly CredentialId[]) => Promise<DueCredential | undefined>;
  /** Some of the keys whose owners have to be told of their end by then, but none of `except`. */
  readonly dueNotices: (atMs: number, except: readonly CredentialId[]) => Promise<readonly CredentialId[]>;
  /** By exchange: keys whose time has come, and those of them that have waited for longer than an hour. */
  readonly counts: (atMs: number) => Promise<readonly { exchange: ExchangeName; due: number; overdue: number }[]>;
};

/** The executor, which alone reaches the venues. */
export type Executor = {
  /** Costs nothing; false when nobody answers. */
  readonly isThere: () => Promise<boolean>;
  /** Asks the venue with signatures for this verification, and brings the answer back to us before it is told here. Throws what the call throws. */
  readonly verify: (
    of: Account & { readonly credentialId: CredentialId; readonly verificationId: string; readonly context: CommandContext },
  ) => Promise<VerificationVerdict>;
};

/** Where a page of a key's history ends, the newest entry first. */
export type CredentialHistory = (
  credentialId: CredentialId,
  page: { readonly before: number; readonly limit: number },
) => Promise<readonly (CredentialHistoryEntry & { readonly version: number })[]>;
