import { createHash, createPrivateKey } from 'node:crypto';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { SealingError } from '../errors.js';

/** The Ed25519 key by which a service signs what not even the broker may forge; apart from its nkey, which signs whatever a server sends. */
export type MessageKey = {
  /** The service: `iss` of what it signs. */
  readonly issuer: string;
  /** RFC 7638 thumbprint of the public half. */
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
};

const coordinate = /^[A-Za-z0-9_-]{43}$/;

/**
 * The thumbprint (RFC 7638) of a public Ed25519 JWK, after its shape was checked.
 *
 * @throws {SealingError} `sealing.key_invalid`
 */
export const thumbprintOf = (jwk: JWK): string => {
  if (jwk.kty !== 'OKP' || jwk.crv !== 'Ed25519' || typeof jwk.x !== 'string' || !coordinate.test(jwk.x)) {
    throw new SealingError(
      'sealing.key_invalid',
      'a message key must be a JWK with kty "OKP" and crv "Ed25519"; make one with generateMessageKeyJwk',
    );
  }
  const kid = createHash('sha256')
    .update(JSON.stringify({ crv: jwk.crv, kty: jwk.kty, x: jwk.x }))
    .digest('base64url');
  if (jwk.kid !== undefined && jwk.kid !== kid) {
    throw new SealingError(
      'sealing.key_invalid',
      "a message key's kid must be its RFC 7638 thumbprint; leave it out or compute it again",
    );
  }
  return kid;
};

/** The public half alone, as it goes into `LATCHKEY_TRUSTED_KEYS`. */
export const publicMessageJwk = (jwk: JWK): JWK => ({
  kty: 'OKP',
  crv: 'Ed25519',
  x: jwk.x ?? '',
  kid: thumbprintOf(jwk),
  alg: 'EdDSA',
  use: 'sig',
});

/** A new private message key as a JWK, `kid` included. A secret. */
export const generateMessageKeyJwk = async (): Promise<JWK> => {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const jwk = await exportJWK(privateKey);
  return { ...publicMessageJwk(jwk), ...(jwk.d === undefined ? {} : { d: jwk.d }) };
};

/**
 * @param issuer the service's name
 * @param privateJwk as {@link generateMessageKeyJwk} makes it; both halves must belong together
 * @throws {SealingError} `sealing.key_invalid`
 */
export const loadMessageKey = async (issuer: string, privateJwk: JWK): Promise<MessageKey> => {
  const kid = thumbprintOf(privateJwk);
  if (typeof privateJwk.d !== 'string' || !coordinate.test(privateJwk.d)) {
    throw new SealingError('sealing.key_invalid', 'this message key has no private half ("d"); give the private JWK');
  }
  try {
    const key = createPrivateKey({ key: { kty: 'OKP', crv: 'Ed25519', x: privateJwk.x ?? '', d: privateJwk.d }, format: 'jwk' });
    // Node takes any x beside a d; signing under somebody else's kid would only show at the receiver.
    const derived = key.export({ format: 'jwk' });
    if (derived.x !== privateJwk.x)
      throw new SealingError('sealing.key_invalid', 'x and d of this message key do not belong together; make a new one');
    return { issuer, kid, privateKey: key.toCryptoKey('Ed25519', false, ['sign']), publicJwk: publicMessageJwk(privateJwk) };
  } catch (error) {
    if (error instanceof SealingError) throw error;
    throw new SealingError('sealing.key_invalid', 'this message key cannot be read; make a new one with generateMessageKeyJwk');
  }
};
