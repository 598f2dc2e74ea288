import type { Environment } from '@latchkey/contracts';
import { request } from '../http.js';

/** A user's key at one exchange. */
export type KeyToVerify = { readonly userId: string; readonly exchange: string };

export type Verified = KeyToVerify &
  (
    | { readonly ok: true; readonly warnings: readonly string[] }
    | { readonly ok: false; readonly code: string; readonly message: string }
  );

type Deps = {
  readonly gateway: string;
  readonly tokenOf: (userId: string) => Promise<string>;
  readonly environment: Environment;
  readonly pause?: (ms: number) => Promise<void>;
};

type Refusal = { readonly code?: string; readonly message?: string; readonly details?: { readonly retryAfterSeconds?: number } };

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const maxWaits = 30;

/**
 * Asks the exchanges what keys may do, one after the other: the gateway's limits are per address, and the venues' are shared with trading.
 * Each key is asked for as its user.
 *
 * @throws {CliError} `cli.gateway_away`
 */
export async function* verifyKeys(
  keys: AsyncIterable<KeyToVerify>,
  { gateway, tokenOf, environment, pause = sleep }: Deps,
): AsyncGenerator<Verified> {
  const ask = async ({ userId, exchange }: KeyToVerify) =>
    request(`${gateway}/api/user-api-keys/${encodeURIComponent(exchange)}/verify?environment=${environment}`, {
      method: 'POST',
      token: await tokenOf(userId),
    });
  for await (const { userId, exchange } of keys) {
    let answer = await ask({ userId, exchange });
    for (let waits = 0; answer.status === 429 && waits < maxWaits; waits += 1) {
      const { details } = (answer.body['error'] ?? {}) as Refusal;
      await pause((details?.retryAfterSeconds ?? 1) * 1_000);
      answer = await ask({ userId, exchange });
    }
    if (answer.status < 300) {
      yield { userId, exchange, ok: true, warnings: (answer.body['warnings'] ?? []) as readonly string[] };
      continue;
    }
    const { code = String(answer.status), message = 'refused' } = (answer.body['error'] ?? {}) as Refusal;
    yield { userId, exchange, ok: false, code, message };
  }
}
