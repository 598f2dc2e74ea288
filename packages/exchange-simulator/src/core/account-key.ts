import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import type { Exchange } from './names.js';
import { SimulatorError } from './simulator-error.js';

/** What the venue checks an account's signatures with: the secret that it gave out, or the public half of a pair that the user made. */
export type AccountKey =
  | { readonly type: 'hmac'; readonly secret: string }
  | { readonly type: 'ed25519' | 'rsa'; readonly publicKey: KeyObject };

export type PublicKeyType = Exclude<AccountKey['type'], 'hmac'>;

const registrable: Readonly<Record<Exchange, readonly PublicKeyType[]>> = { binance: ['ed25519', 'rsa'], bybit: ['rsa'] };
const rsaBits = { min: 2_048, max: 4_096 } as const;

const readPublicKey = (pem: string): KeyObject | undefined => {
  // Node would take a private key too, and a venue never sees one.
  if (!/^\s*-----BEGIN (?:RSA )?PUBLIC KEY-----/.test(pem)) return undefined;
  try {
    return createPublicKey(pem);
  } catch {
    return undefined;
  }
};

export const hmacKey = (secret: string): AccountKey => ({ type: 'hmac', secret });

/** @throws {SimulatorError} `invalid_request` for what is no public key, `not_supported` for one that the venue does not take */
export const registeredKey = (exchange: Exchange, pem: string): AccountKey => {
  const publicKey = readPublicKey(pem);
  if (!publicKey) {
    throw new SimulatorError(
      'invalid_request',
      'publicKey must be the public half in PEM, from "-----BEGIN PUBLIC KEY-----" to its end',
    );
  }
  const { asymmetricKeyType, asymmetricKeyDetails } = publicKey;
  const type = registrable[exchange].find((one) => one === asymmetricKeyType);
  if (type === undefined) {
    const taken = registrable[exchange].join(' and ');
    throw new SimulatorError('not_supported', `${exchange} takes public keys of type ${taken}, not ${asymmetricKeyType}`);
  }
  const bits = asymmetricKeyDetails?.modulusLength ?? 0;
  if (type === 'rsa' && (bits < rsaBits.min || bits > rsaBits.max)) {
    throw new SimulatorError('not_supported', `an RSA key has ${rsaBits.min} to ${rsaBits.max} bits, not ${bits}`);
  }
  return { type, publicKey };
};

/**
 * Ed25519, or RSA (PKCS#1 v1.5, SHA-256), in base64: with its padding, in its one spelling, so that another case is another signature.
 *
 * @param payload one character for each byte
 */
export const verifyPublicKeySignature = (
  { type, publicKey }: Extract<AccountKey, { type: PublicKeyType }>,
  payload: string,
  signature: string,
): boolean => {
  const bytes = Buffer.from(signature, 'base64');
  if (bytes.length === 0 || bytes.toString('base64') !== signature) return false;
  return verify(type === 'rsa' ? 'sha256' : null, Buffer.from(payload, 'latin1'), publicKey, bytes);
};
