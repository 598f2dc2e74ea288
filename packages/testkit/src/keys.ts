import { createNatsIdentity } from '@latchkey/embedded-servers';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose';

/** A service's message key: signs what not even the broker may forge. */
export type MessageKey = { readonly kid: string; readonly privateJwk: JWK; readonly publicJwk: JWK };

/** A new Ed25519 message key; `kid` is the thumbprint (RFC 7638) unless given. */
export const messageKey = async (kid?: string): Promise<MessageKey> => {
  const { privateKey, publicKey } = await generateKeyPair('Ed25519', { extractable: true });
  const [privatePart, publicPart] = await Promise.all([exportJWK(privateKey), exportJWK(publicKey)]);
  const id = kid ?? (await calculateJwkThumbprint(publicPart));
  const marks = { kid: id, use: 'sig', alg: 'Ed25519' };
  return { kid: id, privateJwk: { ...privatePart, ...marks }, publicJwk: { ...publicPart, ...marks } };
};

/** A new NATS user nkey: `seed` is the secret, `publicKey` what the server knows. */
export const natsIdentity = createNatsIdentity;
