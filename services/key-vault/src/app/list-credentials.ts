import type { RpcReply, RpcRequest } from '@latchkey/contracts';
import type { Clock } from '@latchkey/kernel';
import { statusOf } from '../domain/credential/credential-status.js';
import type { Credentials } from './ports.js';

/** A user's keys as they may be shown: masks, never more. */
export const listCredentials =
  ({ credentials, clock }: { readonly credentials: Pick<Credentials, 'ofUser'>; readonly clock: Clock }) =>
  async ({ userId }: RpcRequest<'qry.key-vault.credentials'>): Promise<RpcReply<'qry.key-vault.credentials'>> => {
    const nowMs = clock.now();
    const statuses = (await credentials.ofUser(userId)).map((credential) => statusOf(credential, nowMs));
    return { credentials: statuses.filter((status) => status !== undefined) };
  };
