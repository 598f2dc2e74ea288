import { rpcTable, sealingKeyMessage, type Environment, type ExchangeName } from '@latchkey/contracts';
import type { Clock } from '@latchkey/kernel';
import { checkSealingKey, sealSecret, type TrustedKeys } from '@latchkey/sealing';
import { CliError } from '../errors.js';
import { requestOk } from '../http.js';

export type KeyToAdd = {
  readonly userId: string;
  readonly exchange: ExchangeName;
  readonly environment: Environment;
  readonly apiKey: string;
  /** Overwritten once it is sealed. */
  readonly secret: Buffer;
};

type Deps = {
  readonly gateway: string;
  readonly token: string;
  /** Pinned here: the gateway is only the carrier. */
  readonly trusted: TrustedKeys;
  readonly clock?: Clock;
};

const sealingKeyOf = async ({ gateway, token, trusted, clock }: Deps) => {
  const { jwk, signed } = await requestOk(`${gateway}/api/user-api-keys/sealing-key`, { token });
  const answer = rpcTable['qry.key-vault.sealing-key'].reply.safeParse({ jwk, signed });
  if (!answer.success)
    throw new CliError('cli.request_refused', `${gateway} answers no sealing key; is it a gateway of Latchkey?`);
  const pin = { trusted, ...sealingKeyMessage, issuer: 'key-vault' };
  return checkSealingKey(answer.data, clock === undefined ? pin : { ...pin, clock });
};

/**
 * Saves an API key whose secret leaves this machine sealed to the vault: neither the gateway nor anything in front of it can read it, and a
 * sealing key that is not the vault's is refused before anything is sealed.
 *
 * @returns the key's mask, e.g. `9dUV...VKMh`
 * @throws {SealingError} `sealing.key_untrusted`
 * @throws {CliError} `cli.gateway_away`, `cli.request_refused` with the gateway's code
 */
export const addKey = async ({ secret, ...key }: KeyToAdd, deps: Deps): Promise<string> => {
  const { userId, exchange, environment, apiKey } = key;
  try {
    const recipient = await sealingKeyOf(deps);
    const header = { sub: userId, exchange, environment, apiKey };
    const clock = deps.clock === undefined ? {} : { clock: deps.clock };
    const sealedSecret = await sealSecret({ recipient, header, secret, ...clock });
    const body = { apiKey, sealedSecret, environment };
    const saved = await requestOk(`${deps.gateway}/api/user-api-keys/${exchange}`, { method: 'POST', token: deps.token, body });
    return String(saved['masked_key']);
  } finally {
    secret.fill(0);
  }
};
