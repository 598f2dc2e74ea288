import type { RpcReply, RpcRequest } from '@latchkey/contracts';
import { credentialIdOf } from '../domain/credential/credential-id.js';
import { VaultError } from '../domain/vault-error.js';
import type { CredentialHistory } from './verification-ports.js';

const newest = 2 ** 31 - 1;

/** A cursor is the version of the last entry shown. @throws {VaultError} `vault.cursor_invalid` */
const versionOf = (cursor: string): number => {
  const version = Number(Buffer.from(cursor, 'base64url').toString('latin1'));
  if (!Number.isInteger(version) || version < 1 || version > newest) throw new VaultError('vault.cursor_invalid');
  return version;
};

/** What happened to the caller's key at one exchange, newest first: verifications with what the key could do then, scheduled ones included. */
export const credentialHistory =
  (history: CredentialHistory) =>
  async ({
    userId,
    exchange,
    environment,
    cursor,
    limit,
  }: RpcRequest<'qry.key-vault.history'>): Promise<RpcReply<'qry.key-vault.history'>> => {
    const id = credentialIdOf({ userId, exchange, environment });
    const before = cursor === undefined ? newest : versionOf(cursor);
    const found = await history(id, { before, limit: limit + 1 });
    const shown = found.slice(0, limit);
    const last = shown.at(-1);
    const more = found.length > limit && last !== undefined;
    return {
      entries: shown.map(({ version: _place, ...entry }) => entry),
      nextCursor: more ? Buffer.from(String(last.version), 'latin1').toString('base64url') : null,
    };
  };
