import { createPrivateKey, createPublicKey } from 'node:crypto';
import type { JWK } from 'jose';
import { SealingError } from '../errors.js';

const parameters = { name: 'ECDH', namedCurve: 'P-256' } as const;

const notUsable = (): SealingError =>
  new SealingError(
    'sealing.key_invalid',
    'a sealing key must be a P-256 JWK for encryption, with a point that lies on its curve',
  );

const assertForSealing = (jwk: JWK): void => {
  const misfit =
    jwk.kty !== 'EC' ||
    jwk.crv !== 'P-256' ||
    (jwk.use !== undefined && jwk.use !== 'enc') ||
    (jwk.alg !== undefined && jwk.alg !== 'ECDH-ES') ||
    (jwk.key_ops !== undefined && !jwk.key_ops.every((use) => use === 'deriveBits' || use === 'deriveKey'));
  if (misfit) throw notUsable();
};

/**
 * A public key to seal to. Only the coordinates are read.
 *
 * @throws {SealingError} `sealing.key_invalid`
 */
export const importRecipient = (jwk: JWK): CryptoKey => {
  assertForSealing(jwk);
  try {
    const { x = '', y = '' } = jwk;
    return createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' }).toCryptoKey(parameters, true, []);
  } catch {
    throw notUsable();
  }
};

/**
 * The private half of a sealing key.
 *
 * @throws {SealingError} `sealing.key_invalid`
 */
export const importSealingKey = (jwk: JWK): CryptoKey => {
  assertForSealing(jwk);
  try {
    const { x = '', y = '', d = '' } = jwk;
    const key = createPrivateKey({ key: { kty: 'EC', crv: 'P-256', x, y, d }, format: 'jwk' });
    return key.toCryptoKey(parameters, false, ['deriveBits']);
  } catch {
    throw notUsable();
  }
};
