import { createHmac, createSecretKey } from 'node:crypto';

/**
 * HMAC-SHA256 in hex, as Binance and Bybit want it. The secret's bytes are overwritten.
 *
 * @param secret outside Node's pool
 */
export const signAndForget = (secret: Buffer, payload: string): string => {
  const key = createSecretKey(secret);
  secret.fill(0);
  return createHmac('sha256', key).update(payload, 'utf8').digest('hex');
};
