import { createPublicKey } from 'node:crypto';
import type { JWK } from 'jose';
import { SealingError } from '../errors.js';
import { thumbprintOf } from './message-key.js';

type TrustedKey = { readonly issuer: string; readonly publicKey: CryptoKey };

/** Whose signatures are believed: the public message keys of all services, by `kid`. */
export type TrustedKeys = { readonly byKid: ReadonlyMap<string, TrustedKey> };

// One in use and its successor; a third would be one that somebody forgot to take out.
const maxKeysPerIssuer = 2;

const publicKeyOf = (jwk: JWK): CryptoKey => {
  try {
    return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: jwk.x ?? '' }, format: 'jwk' }).toCryptoKey('Ed25519', true, [
      'verify',
    ]);
  } catch {
    throw new SealingError('sealing.key_invalid', 'a trusted message key cannot be read; copy its public JWK again');
  }
};

/**
 * @param keys issuer → its public JWKs, at most two each (the second for rotation)
 * @throws {SealingError} `sealing.key_invalid`: no Ed25519 key, a private half among them, too many, or one key under two names
 */
export const createTrustedKeys = (keys: Readonly<Record<string, readonly JWK[]>>): TrustedKeys => {
  const byKid = new Map<string, TrustedKey>();
  for (const [issuer, jwks] of Object.entries(keys)) {
    if (jwks.length > maxKeysPerIssuer) {
      throw new SealingError(
        'sealing.key_invalid',
        `"${issuer}" has ${jwks.length} trusted keys; at most ${maxKeysPerIssuer} may be given`,
        { issuer },
      );
    }
    for (const jwk of jwks) {
      const kid = thumbprintOf(jwk);
      if (jwk.d !== undefined) {
        throw new SealingError(
          'sealing.key_invalid',
          `a trusted key of "${issuer}" carries its private half; give the public JWK only and replace the key`,
          { issuer },
        );
      }
      if (byKid.has(kid))
        throw new SealingError('sealing.key_invalid', `one trusted key stands twice, the second time for "${issuer}"`, {
          issuer,
          kid,
        });
      byKid.set(kid, { issuer, publicKey: publicKeyOf(jwk) });
    }
  }
  return { byKid };
};
