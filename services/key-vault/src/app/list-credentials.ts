import type { RpcReply, RpcRequest } from '@latchkey/contracts';
import { statusOf } from '../domain/credential/credential-status.js';
import type { Credentials } from './ports.js';

/** A user's keys as they may be shown: masks, never more. */
export const listCredentials =
  (credentials: Pick<Credentials, 'ofUser'>) =>
  async ({ userId }: RpcRequest<'qry.key-vault.credentials'>): Promise<RpcReply<'qry.key-vault.credentials'>> => {
    const statuses = (await credentials.ofUser(userId)).map(statusOf);
    return { credentials: statuses.filter((status) => status !== undefined) };
  };
