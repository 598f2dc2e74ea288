import type { Credential } from './credential.js';

const statuses: readonly unknown[] = [
  'none',
  'unverified',
  'verified',
  'disabled',
  'damaged',
  'deleting',
  'deleted',
] satisfies readonly Credential['status'][];

/** Whether what stands in a row is the state of that very credential. Anything else is written anew from the events, and never judged. */
export const isStateOf = (credentialId: string, state: unknown): state is Credential => {
  const { status, credentialId: id } = (state ?? {}) as { readonly status?: unknown; readonly credentialId?: unknown };
  return statuses.includes(status) && id === credentialId;
};

/** A credential as its row tells it, beside what the stream of its events says. */
export type CredentialRow<Secret = unknown> = {
  readonly credential: Credential;
  /** Version of the stream that the row reflects. */
  readonly streamVersion: number;
  /** Version of the event that saved the key in force. */
  readonly savedVersion: number;
  /** Version of the stream now. */
  readonly headVersion: number;
  /** Version of the event that saved a key last, as the events themselves say. */
  readonly lastSavedVersion: number;
  readonly secret: (Secret & { readonly savedVersion: number }) | undefined;
};

/**
 * What is wrong with a row before anything is decrypted: an old copy put back is behind the stream of its events, and a secret that was
 * replaced is not of the last event that saved one, whatever the row claims. `undefined`: nothing.
 */
export const rowFault = (row: CredentialRow): string | undefined => {
  const { streamVersion, headVersion, savedVersion, lastSavedVersion, secret } = row;
  if (streamVersion !== headVersion) return 'row';
  if (savedVersion !== lastSavedVersion) return 'saved_version';
  if (secret === undefined) return 'secret_missing';
  return secret.savedVersion === savedVersion ? undefined : 'secret_version';
};
