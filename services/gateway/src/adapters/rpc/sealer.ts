import { sealingKeyMessage, type RpcReply } from '@latchkey/contracts';
import type { Clock } from '@latchkey/kernel';
import { checkSealingKey, SealingError, sealSecret, type TrustedKeys } from '@latchkey/sealing';
import { refusal } from '../../app/errors.js';
import type { Rpc, Sealer } from '../../app/ports.js';

type SealingKey = RpcReply<'qry.key-vault.sealing-key'>;

// Keys live a week and open for another day; a minute old copy saves a round trip per saved key.
const cacheMs = 60_000;

type Deps = { readonly rpc: Rpc; readonly trusted: TrustedKeys; readonly clock: Clock };

/** @throws {GatewayError} `sealing.key_untrusted` from both functions: whoever answered is not a vault that we know */
export const createSealer = ({ rpc, trusted, clock }: Deps): Sealer => {
  let cached: { readonly key: SealingKey; readonly atMs: number } | undefined;

  const check = async (key: SealingKey): Promise<void> => {
    try {
      await checkSealingKey(key, { trusted, ...sealingKeyMessage, issuer: 'key-vault', clock });
    } catch (error) {
      throw error instanceof SealingError
        ? refusal('sealing.key_untrusted', { cause: error.details['why'] ?? error.code })
        : error;
    }
  };

  const sealingKey = async (): Promise<SealingKey> => {
    if (cached && clock.now() - cached.atMs < cacheMs) return cached.key;
    const key = await rpc.call('qry.key-vault.sealing-key', {});
    await check(key);
    cached = { key, atMs: clock.now() };
    return key;
  };

  return {
    sealingKey,
    seal: async (header, secret) => {
      try {
        const { jwk } = await sealingKey();
        return await sealSecret({ recipient: jwk, header, secret, clock });
      } finally {
        secret.fill(0);
      }
    },
  };
};
