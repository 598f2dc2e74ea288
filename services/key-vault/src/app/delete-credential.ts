import type { RpcReply, RpcRequest } from '@latchkey/contracts';
import { isAppError, type Clock } from '@latchkey/kernel';
import { credentialIdOf } from '../domain/credential/credential-id.js';
import type { ChangeCredential } from './change-credential.js';
import type { ChangeKeyPair } from './change-key-pair.js';

type Deps = { readonly change: ChangeCredential; readonly changeKeyPair: ChangeKeyPair; readonly clock: Clock };

/**
 * Ends a key at once: nothing opens with it from here on. Its secret is destroyed now, or when its unknown orders had their time. A pair
 * that was generated for the account goes first, so that it cannot become a key between the two; where there is only that, it is all.
 */
export const deleteCredential =
  ({ change, changeKeyPair, clock }: Deps) =>
  async ({
    context,
    userId,
    exchange,
    environment,
  }: RpcRequest<'cmd.key-vault.delete-credential'>): Promise<RpcReply<'cmd.key-vault.delete-credential'>> => {
    const credentialId = credentialIdOf({ userId, exchange, environment });
    const atMs = clock.now();
    const ending = { type: 'DestroyKeyPair', data: { reason: 'deleted' } } as const;
    const ended = await changeKeyPair({ id: credentialId, command: ending, context });
    try {
      await change({ id: credentialId, command: { type: 'DeleteCredential', data: { atMs } }, context });
    } catch (error) {
      if (ended.length === 0 || !isAppError(error, 'vault.credential_not_found')) throw error;
    }
    return { credentialId };
  };
