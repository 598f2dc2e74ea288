import { createHmac, createSecretKey } from 'node:crypto';

/** Signs strings with one secret, whose bytes stay inside a key object. What takes long is done elsewhere, and waited for. */
export type Signer = (payload: string) => string | Promise<string>;

/**
 * HMAC-SHA256 in hex, as Binance and Bybit want it.
 *
 * @param secret outside Node's pool; overwritten
 */
export const hmacSigner = (secret: Buffer): ((payload: string) => string) => {
  const key = createSecretKey(secret);
  secret.fill(0);
  return (payload) => createHmac('sha256', key).update(payload, 'utf8').digest('hex');
};
