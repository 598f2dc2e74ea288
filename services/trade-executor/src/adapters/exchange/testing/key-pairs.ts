import { createHmac, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import type { ExchangeName, KeyType } from '@latchkey/contracts';
import { systemClock } from '@latchkey/kernel';
import type { Authorize } from '../../../app/ports/exchange.js';
import { apiKeyMark } from '../bybit/bybit-wire.js';

/** An account's key as its venue is told of it, and what the vault would answer for it. */
export type HeldKey = { readonly registered: object; readonly apiKey: string; readonly authorize: Authorize };

const pairOf = (keyType: Exclude<KeyType, 'hmac'>): { readonly publicKey: KeyObject; readonly privateKey: KeyObject } =>
  keyType === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('rsa', { modulusLength: 2_048 });

/** A key of that type: specs of the adapters play the vault. */
export const heldKey = (exchange: ExchangeName, keyType: KeyType): HeldKey => {
  const apiKey = exchange === 'binance' ? randomBytes(32).toString('hex') : randomBytes(9).toString('hex');
  const held = (registered: object, signature: (payload: string) => string): HeldKey => ({
    registered: { exchange, apiKey, ...registered },
    apiKey,
    authorize: (payload) =>
      Promise.resolve({ apiKey, signature: signature(payload.replace(apiKeyMark, apiKey)), signedAt: systemClock.now() }),
  });
  if (keyType === 'hmac') {
    const apiSecret = randomBytes(32).toString('hex');
    return held({ apiSecret }, (payload) => createHmac('sha256', apiSecret).update(payload).digest('hex'));
  }
  const { publicKey, privateKey } = pairOf(keyType);
  const digest = keyType === 'rsa' ? 'sha256' : null;
  return held({ publicKey: publicKey.export({ format: 'pem', type: 'spki' }) }, (payload) =>
    sign(digest, Buffer.from(payload), privateKey).toString('base64'),
  );
};
