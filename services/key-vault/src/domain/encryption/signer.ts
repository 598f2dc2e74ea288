import { constants, createPrivateKey, sign, type KeyObject } from 'node:crypto';
import type { KeyType } from '@latchkey/contracts';
import { hmacSigner, type Signer } from './hmac-signature.js';

/** Signs with one secret, in the way that its bytes say. */
export type TypedSigner = { readonly keyType: KeyType; readonly sign: Signer };

const isLetterOrDigit = (byte = 0): boolean =>
  (byte >= 48 && byte <= 57) || (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122);

/** A secret that an exchange gave out is letters and digits; the second byte of a PKCS#8 key (its length) never is, at the sizes stored. */
const isPlainSecret = (secret: Buffer): boolean => isLetterOrDigit(secret[0]) && isLetterOrDigit(secret[1]);

const ed25519 =
  (key: KeyObject): Signer =>
  (payload) =>
    sign(null, Buffer.from(payload, 'utf8'), key).toString('base64');

// Milliseconds of work for each: given a callback, Node does it on libuv's pool, and everybody else's signatures go on.
const rsa =
  (key: KeyObject): Signer =>
  (payload) =>
    new Promise((resolve, reject) => {
      sign('sha256', Buffer.from(payload, 'utf8'), { key, padding: constants.RSA_PKCS1_PADDING }, (error, signature) => {
        if (error) reject(error);
        else resolve(signature.toString('base64'));
      });
    });

const privateKeySigner = (pkcs8: Buffer): TypedSigner | undefined => {
  const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  if (key.asymmetricKeyType === 'ed25519') return { keyType: 'ed25519', sign: ed25519(key) };
  return key.asymmetricKeyType === 'rsa' ? { keyType: 'rsa', sign: rsa(key) } : undefined;
};

/**
 * HMAC-SHA256 in hex, Ed25519 or RSA (PKCS#1 v1.5, SHA-256) in base64. Which of them is told by the secret itself, which is authenticated,
 * and not by a row that says so: what has to be of one type is checked against the answer.
 *
 * @param secret as `checkKeyFormat` gave it out, outside Node's pool; overwritten
 * @returns `undefined` when it is none of them
 */
export const signerOf = (secret: Buffer): TypedSigner | undefined => {
  try {
    return isPlainSecret(secret) ? { keyType: 'hmac', sign: hmacSigner(secret) } : privateKeySigner(secret);
  } catch {
    return undefined;
  } finally {
    secret.fill(0);
  }
};
