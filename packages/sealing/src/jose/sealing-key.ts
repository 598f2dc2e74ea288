import { createPrivateKey, createPublicKey } from 'node:crypto';
import type { JWK } from 'jose';
import { SealingError } from '../errors.js';

const curves = { 'P-256': 'EC', X25519: 'OKP' } as const;
type Curve = keyof typeof curves;

const importParameters = (crv: Curve) =>
  crv === 'P-256' ? ({ name: 'ECDH', namedCurve: 'P-256' } as const) : ('X25519' as const);

const curveOf = (jwk: JWK): Curve => {
  const crv = jwk.crv === 'P-256' || jwk.crv === 'X25519' ? jwk.crv : undefined;
  const misfit =
    crv === undefined ||
    jwk.kty !== curves[crv] ||
    (jwk.use !== undefined && jwk.use !== 'enc') ||
    (jwk.alg !== undefined && jwk.alg !== 'ECDH-ES') ||
    (jwk.key_ops !== undefined && !jwk.key_ops.every((use) => use === 'deriveBits' || use === 'deriveKey'));
  if (misfit) throw notUsable();
  return crv;
};

const notUsable = (): SealingError =>
  new SealingError(
    'sealing.key_invalid',
    'a sealing key must be a P-256 or X25519 JWK for encryption, with a point that lies on its curve',
  );

/**
 * A public key to seal to. Only the coordinates are read.
 *
 * @throws {SealingError} `sealing.key_invalid`
 */
export const importRecipient = (jwk: JWK): CryptoKey => {
  const crv = curveOf(jwk);
  try {
    const { x = '', y } = jwk;
    const key = { kty: curves[crv], crv, x, ...(crv === 'P-256' && y !== undefined ? { y } : {}) };
    return createPublicKey({ key, format: 'jwk' }).toCryptoKey(importParameters(crv), true, []);
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
  const crv = curveOf(jwk);
  try {
    const { x = '', y, d = '' } = jwk;
    const key = { kty: curves[crv], crv, x, d, ...(crv === 'P-256' && y !== undefined ? { y } : {}) };
    return createPrivateKey({ key, format: 'jwk' }).toCryptoKey(importParameters(crv), false, ['deriveBits']);
  } catch {
    throw notUsable();
  }
};
