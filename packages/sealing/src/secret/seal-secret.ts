import { systemClock, type Clock } from '@latchkey/kernel';
import type { JWK } from 'jose';
import { randomUUID } from 'node:crypto';
import { SealingError } from '../errors.js';
import { encryptTo } from '../jose/ecdh-es.js';
import { toNumericDate } from '../jose/freshness.js';

/** What the vault holds against the command that brings the secret; authenticated, readable by whoever carries it. */
export type SecretHeader = {
  /** The user. */
  readonly sub: string;
  readonly exchange: string;
  readonly environment: string;
  /** The public half of the credential. */
  readonly apiKey: string;
};

/** `typ` of every sealed secret. */
export const secretType = 'latchkey-secret';

/** Longer than any venue's secret (an RSA-8192 key in PEM is the longest), shorter than anything that hurts. */
export const maxSecretBytes = 8_192;

/**
 * Seals an API secret to the vault (DESIGN 4, "Sealing in"): a compact JWE whose plaintext is the secret's bytes.
 *
 * @param options.recipient the vault's public sealing key, `kid` included
 * @throws {SealingError} `sealing.key_invalid`, `sealing.malformed` (an empty or too long secret)
 */
export const sealSecret = async (options: {
  readonly recipient: JWK;
  readonly header: SecretHeader;
  readonly secret: Uint8Array;
  readonly clock?: Clock;
}): Promise<string> => {
  const { recipient, header, secret, clock = systemClock } = options;
  if (typeof recipient.kid !== 'string')
    throw new SealingError('sealing.key_invalid', "the vault's sealing key must carry its kid");
  if (secret.length === 0 || secret.length > maxSecretBytes) {
    throw new SealingError('sealing.malformed', `a secret must have 1 to ${maxSecretBytes} bytes`, { maxSecretBytes });
  }
  const { sub, exchange, environment, apiKey } = header;
  const stamp = { iat: toNumericDate(clock.now()), jti: randomUUID() };
  return encryptTo(recipient, { kid: recipient.kid, typ: secretType, sub, exchange, environment, apiKey, ...stamp }, secret);
};
