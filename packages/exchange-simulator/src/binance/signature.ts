import { createHmac, timingSafeEqual } from 'node:crypto';
import { verifyPublicKeySignature, type AccountKey } from '../core/account-key.js';

const isSignature = (pair: string): boolean => pair.startsWith('signature=');
const withoutSignature = (pairs: string): string =>
  pairs
    .split('&')
    .filter((pair) => !isSignature(pair))
    .join('&');

/**
 * What a request signs: query and body joined without a separator, exactly as received, wherever the `signature` pair stood.
 *
 * @see Binance Spot REST API, "Request security"
 */
export const signedPayload = (query: string, body: string): string => withoutSignature(query) + withoutSignature(body);

/** True for the HMAC-SHA256 of the payload's bytes in hex, upper or lower case, or their Ed25519 or RSA signature in base64. */
export const verifySignature = (key: AccountKey, payload: string, signature: string): boolean => {
  // Since 2026-01-15 a payload that was signed before percent-encoding is refused; bytes beyond ASCII can only come from one.
  if (!/^[\x21-\x7e]*$/.test(payload)) return false;
  if (key.type !== 'hmac') return verifyPublicKeySignature(key, payload, signature);
  if (!/^[0-9a-fA-F]{64}$/.test(signature)) return false;
  const expected = createHmac('sha256', key.secret).update(payload, 'latin1').digest();
  return timingSafeEqual(expected, Buffer.from(signature, 'hex'));
};
