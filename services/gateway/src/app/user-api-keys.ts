import type { CredentialStatus, Environment, ExchangeName, RpcReply, VerificationVerdict } from '@latchkey/contracts';
import { decodeProtectedHeader, type ProtectedHeaderParameters } from 'jose';
import type { Caller } from './caller.js';
import { checkKeyPair } from './check-key-pair.js';
import { commandContextOf, type UserRequest } from './command-context.js';
import { refusal } from './errors.js';
import type { Origins, Page, Rpc, Sealer } from './ports.js';

type Deps = { readonly rpc: Rpc; readonly sealer: Sealer; readonly origins: Pick<Origins, 'record'> };

export type Venue = { readonly exchange: ExchangeName; readonly environment: Environment };
/** `apiSecret` is wiped once it is sealed. */
export type KeyToSave = Venue & { readonly apiKey: string } & (
    | { readonly apiSecret: Uint8Array; readonly sealedSecret?: undefined }
    | { readonly sealedSecret: string; readonly apiSecret?: undefined }
  );

const headerOf = (jwe: string): ProtectedHeaderParameters | undefined => {
  try {
    return decodeProtectedHeader(jwe);
  } catch {
    return undefined;
  }
};

/** The vault checks this again; here it saves a round trip and gives the better answer. */
const isSealedFor = (jwe: string, expected: Readonly<Record<string, string>>): boolean => {
  const header: Readonly<Record<string, unknown>> = headerOf(jwe) ?? {};
  return Object.entries(expected).every(([name, value]) => header[name] === value);
};

export const createUserApiKeys = ({ rpc, sealer, origins }: Deps) => {
  const contextOf = commandContextOf(origins);
  const credentials = async ({ userId }: Caller): Promise<readonly CredentialStatus[]> =>
    (await rpc.call('qry.key-vault.credentials', { userId })).credentials;

  return {
    /** @returns the key's mask, e.g. `9dUV...VKMh` */
    save: async (request: UserRequest, key: KeyToSave): Promise<string> => {
      const { exchange, environment, apiKey } = key;
      try {
        checkKeyPair(key);
      } catch (error) {
        key.apiSecret?.fill(0);
        throw error;
      }
      const { userId } = request.caller;
      const header = { sub: userId, exchange, environment, apiKey };
      // Sealed before anything else touches it: nothing after this line could log, store or send the plain secret.
      const sealedSecret = key.apiSecret ? await sealer.seal(header, key.apiSecret) : key.sealedSecret;
      if (!isSealedFor(sealedSecret, header)) throw refusal('sealing.mismatch');
      const context = await contextOf(request);
      const saved = await rpc.call('cmd.key-vault.save-credential', { userId, exchange, environment, sealedSecret, context });
      return saved.maskedKey;
    },

    /** Asks the exchange what the key may do: the vault opens a verification, the executor asks, the vault decides. */
    verify: async (request: UserRequest, { exchange, environment }: Venue): Promise<VerificationVerdict> => {
      const account = { userId: request.caller.userId, exchange, environment };
      const context = await contextOf(request);
      const { verificationId, credentialId } = await rpc.call('cmd.key-vault.begin-verification', { ...account, context });
      return rpc.call('cmd.trade-executor.verify-credential', { verificationId, credentialId, ...account, context });
    },

    remove: async (request: UserRequest, { exchange, environment }: Venue): Promise<void> => {
      const context = await contextOf(request);
      await rpc.call('cmd.key-vault.delete-credential', { userId: request.caller.userId, exchange, environment, context });
    },

    status: async (caller: Caller, venue: Venue): Promise<CredentialStatus | undefined> =>
      (await credentials(caller)).find((each) => each.exchange === venue.exchange && each.environment === venue.environment),

    history: (
      { userId }: Caller,
      { exchange, environment }: Venue,
      { cursor, limit }: Page,
    ): Promise<RpcReply<'qry.key-vault.history'>> =>
      rpc.call('qry.key-vault.history', { userId, exchange, environment, limit, ...(cursor !== undefined && { cursor }) }),

    allStatus: async (caller: Caller, environment: Environment): Promise<readonly CredentialStatus[]> =>
      (await credentials(caller)).filter((each) => each.environment === environment),

    sealingKey: () => sealer.sealingKey(),
  };
};
export type UserApiKeyUseCases = ReturnType<typeof createUserApiKeys>;
