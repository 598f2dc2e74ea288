import { systemClock, type Clock } from '@latchkey/kernel';
import { compactVerify } from 'jose';
import { SealingError } from '../errors.js';
import { headerOf, malformed, objectOf, partsOf } from '../jose/compact.js';
import { freshMs } from '../jose/freshness.js';
import type { TrustedKeys } from './trusted-keys.js';

export type VerifyMessageOptions = {
  readonly trusted: TrustedKeys;
  /** Ourselves. */
  readonly audience: string;
  readonly type: string;
  /** Who may send this. */
  readonly issuers: readonly string[];
  /** Milliseconds since `iat`. */
  readonly maxAgeMs: number;
  readonly clock?: Clock;
};

export type VerifiedMessage = {
  readonly issuer: string;
  /** Unique per message: keep it for `maxAgeMs` and refuse a second one. */
  readonly jti: string;
  /** Milliseconds since the epoch. */
  readonly issuedAt: number;
  readonly body: unknown;
};

// The broker's largest message; longer ones cannot have come through it.
const maxLength = 8 * 1024 * 1024;
const claimNames: readonly string[] = ['iss', 'aud', 'iat', 'jti', 'body'];

/**
 * Reads a message that {@link signMessage} made. Key, algorithm, purpose, sender, receiver and age must all fit; the caller still keeps
 * the `jti`s that it has seen.
 *
 * @throws {SealingError} `sealing.malformed`, `sealing.unknown_key`, `sealing.signature_invalid`, `sealing.wrong_type`,
 *   `sealing.wrong_issuer`, `sealing.wrong_audience`, `sealing.stale`
 */
export const verifyMessage = async (jws: string, options: VerifyMessageOptions): Promise<VerifiedMessage> => {
  const { trusted, audience, type, issuers, maxAgeMs, clock = systemClock } = options;
  const [head, claimBytes] = partsOf(jws, 3, maxLength);
  const header = headerOf(head, ['alg', 'kid', 'typ']);
  if (header['alg'] !== 'EdDSA') throw malformed('its algorithm is not EdDSA');
  const key = typeof header['kid'] === 'string' ? trusted.byKid.get(header['kid']) : undefined;
  if (!key) throw new SealingError('sealing.unknown_key', 'it is signed by a key that is not in LATCHKEY_TRUSTED_KEYS');
  if (header['typ'] !== type)
    throw new SealingError('sealing.wrong_type', `it was not made to be a "${type}"`, { expected: type });
  if (!issuers.includes(key.issuer)) {
    throw new SealingError('sealing.wrong_issuer', `"${key.issuer}" may not send a "${type}"`, { issuer: key.issuer, type });
  }
  try {
    await compactVerify(jws, key.publicKey, { algorithms: ['EdDSA'] });
  } catch (cause) {
    throw new SealingError(
      'sealing.signature_invalid',
      'its signature does not fit; it was altered or forged',
      { issuer: key.issuer },
      { cause },
    );
  }
  const claims = objectOf(claimBytes ?? new Uint8Array());
  if (Object.keys(claims).some((name) => !claimNames.includes(name))) throw malformed('it makes a claim that we do not know');
  if (claims['iss'] !== key.issuer)
    throw new SealingError('sealing.wrong_issuer', 'it names another sender than its key', { issuer: key.issuer });
  if (claims['aud'] !== audience)
    throw new SealingError('sealing.wrong_audience', `it is not addressed to "${audience}"`, { expected: audience });
  const issuedAt = freshMs(claims['iat'], clock.now(), maxAgeMs);
  if (typeof claims['jti'] !== 'string' || claims['jti'].length < 16 || claims['jti'].length > 64)
    throw malformed('it has no usable jti');
  if (!Object.hasOwn(claims, 'body')) throw malformed('it has no body');
  return { issuer: key.issuer, jti: claims['jti'], issuedAt, body: claims['body'] };
};
