import type { RpcReply, RpcRequest } from '@latchkey/contracts';
import type { FreezeSwitch } from './ports.js';

/**
 * Stops all signing but cancels in every instance at once: signatures that were recorded before the answer are the last ones. Keys are saved
 * and deleted all the while.
 */
export const freezeVault =
  (freeze: FreezeSwitch) =>
  async ({ reason, context }: RpcRequest<'cmd.key-vault.freeze'>): Promise<RpcReply<'cmd.key-vault.freeze'>> => {
    const changed = await freeze.freeze(reason, context);
    return { changed, state: await freeze.state() };
  };

/** Lets it go on, in every instance at once, if the freeze is still the one that was meant. */
export const thawVault =
  (freeze: FreezeSwitch) =>
  async ({ reason, since, context }: RpcRequest<'cmd.key-vault.thaw'>): Promise<RpcReply<'cmd.key-vault.thaw'>> => {
    const changed = await freeze.thaw({ reason, since }, context);
    return { changed, state: await freeze.state() };
  };
