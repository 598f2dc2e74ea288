import type { Account } from '@latchkey/contracts';
import type { CredentialId } from '@latchkey/kernel';
import type { KeyId, KeyUse } from './key-provider.js';

/** Part of all additional data: a later format cannot be passed off as this one. */
export const envelopeFormat = 'lk1';

/** What an envelope belongs to. It opens for exactly that, so that a row copied elsewhere, or put back later, does not open. */
export type Binding = {
  readonly use: KeyUse;
  readonly owner: string;
  readonly field: string;
  /** All else that the contents are tied to, but the master key: rotation re-wraps the data key and leaves the contents alone. */
  readonly facts: readonly (string | number)[];
};

export type CredentialField = 'api_key' | 'api_secret';

/** @param savedVersion the credential's stream version of the event that saved it */
export const credentialBinding = (
  account: Account,
  credentialId: CredentialId,
  field: CredentialField,
  savedVersion: number,
): Binding => ({
  use: 'credential',
  owner: credentialId,
  field,
  facts: [account.userId, account.exchange, account.environment, savedVersion],
});

/** @param generatedVersion version of the event that made the pair, in the stream of the account's pairs */
export const keyPairBinding = (account: Account, credentialId: CredentialId, generatedVersion: number): Binding => ({
  use: 'key-pair',
  owner: credentialId,
  field: 'private_key',
  facts: [account.userId, account.exchange, account.environment, generatedVersion],
});

export const sealingKeyBinding = (kid: string): Binding => ({ use: 'sealing-key', owner: kid, field: 'private_key', facts: [] });

export const sentinelBinding = (keyId: KeyId): Binding => ({ use: 'sentinel', owner: keyId, field: 'sentinel', facts: [] });

/** @param name what is told apart by it */
export const fingerprintKeyBinding = (name: string): Binding => ({
  use: 'fingerprint-key',
  owner: name,
  field: 'key',
  facts: [],
});

// JSON arrays of strings and numbers are unambiguous: no two lists of facts share a text.
const bytesOf = (facts: readonly (string | number)[]): Buffer => Buffer.from(JSON.stringify(facts), 'utf8');

export const contentsData = ({ use, owner, field, facts }: Binding): Buffer =>
  bytesOf([envelopeFormat, 'contents', use, ...facts, owner, field]);

/** What a wrapped data key belongs to: of a binding all that does not need to be known for wrapping it anew. */
export type Wrapping = Pick<Binding, 'use' | 'owner' | 'field'>;

export const wrappedKeyData = ({ use, owner, field }: Wrapping, keyId: KeyId): Buffer =>
  bytesOf([envelopeFormat, 'data-key', use, keyId, owner, field]);
