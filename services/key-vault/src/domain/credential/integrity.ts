import type { Credential } from './credential.js';

/** A credential as its row tells it, beside what the stream of its events says. */
export type CredentialRow<Secret = unknown> = {
  readonly credential: Credential;
  /** Version of the stream that the row reflects. */
  readonly streamVersion: number;
  /** Version of the event that saved the key in force. */
  readonly savedVersion: number;
  /** Version of the stream now. */
  readonly headVersion: number;
  readonly secret: (Secret & { readonly savedVersion: number }) | undefined;
};

/**
 * What is wrong with a row before anything is decrypted: an old copy put back is behind the stream of its events. `undefined`: nothing.
 */
export const rowFault = ({ streamVersion, headVersion, savedVersion, secret }: CredentialRow): string | undefined => {
  if (streamVersion !== headVersion) return 'row';
  if (secret === undefined) return 'secret_missing';
  return secret.savedVersion === savedVersion ? undefined : 'secret_version';
};
