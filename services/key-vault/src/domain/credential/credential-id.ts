import type { Account } from '@latchkey/contracts';
import { sha256Hex, type CredentialId } from '@latchkey/kernel';

/**
 * The id of an account's credential, the same for ever (UUIDv8, RFC 9562: the digest of the account). Saving again, also after a deletion,
 * goes on with the same stream, whose version only grows: no row of an earlier key ever opens again.
 */
export const credentialIdOf = ({ userId, exchange, environment }: Account): CredentialId => {
  const digest = sha256Hex(JSON.stringify(['latchkey/credential', userId, exchange, environment]));
  const variant = (8 + (Number.parseInt(digest.charAt(16), 16) % 4)).toString(16);
  const groups = [digest.slice(0, 8), digest.slice(8, 12), `8${digest.slice(13, 16)}`, `${variant}${digest.slice(17, 20)}`];
  return [...groups, digest.slice(20, 32)].join('-') as CredentialId;
};
