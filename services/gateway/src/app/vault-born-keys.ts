import type { RpcReply, VerificationVerdict } from '@latchkey/contracts';
import { commandContextOf, type UserRequest } from './command-context.js';
import type { Origins, Rpc, VouchedKeys } from './ports.js';
import type { UserApiKeyUseCases, Venue } from './user-api-keys.js';

type Deps = {
  readonly rpc: Rpc;
  readonly vouched: VouchedKeys;
  readonly origins: Pick<Origins, 'record'>;
  readonly verify: UserApiKeyUseCases['verify'];
};

/** Keys whose private half is made in the vault and stays there: the user only carries the public half to the exchange. */
export const createVaultBornKeys = ({ rpc, vouched, origins, verify }: Deps) => {
  const contextOf = commandContextOf(origins);
  return {
    /** The public key (PEM) to register, and the vault's word for it. */
    generate: async (request: UserRequest, venue: Venue): Promise<RpcReply<'cmd.key-vault.generate-key-pair'>> => {
      const account = { userId: request.caller.userId, ...venue };
      const context = await contextOf(request);
      const generated = await rpc.call('cmd.key-vault.generate-key-pair', { ...account, context });
      const { publicKey, expiresAt, signed } = generated;
      await vouched.check(signed, { ...account, publicKey, expiresAt });
      return generated;
    },

    /** Binds the key that the exchange gave for it, and asks the exchange at once: before it took a signature, nothing trades. */
    activate: async (
      request: UserRequest,
      { apiKey, ...venue }: Venue & { readonly apiKey: string },
    ): Promise<{ readonly maskedKey: string; readonly verdict: VerificationVerdict }> => {
      const context = await contextOf(request);
      const account = { userId: request.caller.userId, ...venue };
      const { maskedKey } = await rpc.call('cmd.key-vault.activate-key-pair', { ...account, apiKey, context });
      return { maskedKey, verdict: await verify(request, venue) };
    },
  };
};
export type VaultBornKeyUseCases = ReturnType<typeof createVaultBornKeys>;
