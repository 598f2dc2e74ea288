import { randomUUID } from 'node:crypto';
import type { RpcReply, RpcRequest } from '@latchkey/contracts';
import type { Clock } from '@latchkey/kernel';
import { credentialIdOf } from '../domain/credential/credential-id.js';
import { instantOf, verificationWindowMs } from '../domain/credential/credential.js';
import type { ChangeCredential } from './change-credential.js';

/** Opens a short time in which the executor may have the strings signed that ask the venue what the key may do. */
export const beginVerification =
  ({ change, clock }: { readonly change: ChangeCredential; readonly clock: Clock }) =>
  async ({
    context,
    userId,
    exchange,
    environment,
  }: RpcRequest<'cmd.key-vault.begin-verification'>): Promise<RpcReply<'cmd.key-vault.begin-verification'>> => {
    const credentialId = credentialIdOf({ userId, exchange, environment });
    const verificationId = randomUUID();
    const atMs = clock.now();
    await change({ id: credentialId, command: { type: 'BeginVerification', data: { verificationId, atMs } }, context });
    return { verificationId, credentialId, expiresAt: instantOf(atMs + verificationWindowMs) };
  };
