import type { RpcReply, RpcRequest } from '@latchkey/contracts';
import type { Clock } from '@latchkey/kernel';
import { credentialIdOf } from '../domain/credential/credential-id.js';
import type { ChangeCredential } from './change-credential.js';

/** Ends a key at once: nothing opens with it from here on. Its secret is destroyed now, or when its unknown orders had their time. */
export const deleteCredential =
  ({ change, clock }: { readonly change: ChangeCredential; readonly clock: Clock }) =>
  async ({
    context,
    userId,
    exchange,
    environment,
  }: RpcRequest<'cmd.key-vault.delete-credential'>): Promise<RpcReply<'cmd.key-vault.delete-credential'>> => {
    const credentialId = credentialIdOf({ userId, exchange, environment });
    await change({ id: credentialId, command: { type: 'DeleteCredential', data: { atMs: clock.now() } }, context });
    return { credentialId };
  };
