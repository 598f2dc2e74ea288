import { createHmac, timingSafeEqual } from 'node:crypto';
import { verifyPublicKeySignature, type AccountKey } from '../core/account-key.js';

/**
 * What a request signs: timestamp, key and window from its headers, then the query of a GET or the body of a POST, each byte as sent.
 *
 * @see Bybit v5, "Integration guidance": parameters for authenticated endpoints
 */
export const originString = (timestamp: string, apiKey: string, recvWindow: string, payload: string): string =>
  timestamp + apiKey + recvWindow + payload;

/** True for the HMAC-SHA256 of the origin's bytes in lower-case hex, or their RSA signature in base64. */
export const verifySignature = (key: AccountKey, origin: string, signature: string): boolean => {
  if (key.type !== 'hmac') return verifyPublicKeySignature(key, origin, signature);
  if (!/^[0-9a-f]{64}$/.test(signature)) return false;
  const expected = createHmac('sha256', key.secret).update(origin, 'latin1').digest();
  return timingSafeEqual(expected, Buffer.from(signature, 'hex'));
};
