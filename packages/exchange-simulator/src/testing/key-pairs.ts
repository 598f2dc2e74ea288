import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';

/** A pair that a user made: both halves in PEM. */
export type KeyPair = { readonly publicKey: string; readonly privateKey: string };

const pem = { publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } } as const;

export const ed25519Pair = (): KeyPair => generateKeyPairSync('ed25519', pem);
export const rsaPair = (modulusLength = 2_048): KeyPair => generateKeyPairSync('rsa', { modulusLength, ...pem });
export const ecPair = (): KeyPair => generateKeyPairSync('ec', { namedCurve: 'P-256', ...pem });

/** What the owner of the pair sends, in base64. */
export const signatureWith = (pair: KeyPair, payload: string): string => {
  const key = createPrivateKey(pair.privateKey);
  return sign(key.asymmetricKeyType === 'rsa' ? 'sha256' : null, Buffer.from(payload), key).toString('base64');
};

/** The same public half in the older of the two spellings, which openssl writes for RSA. */
export const asPkcs1 = ({ publicKey }: KeyPair): string => createPublicKey(publicKey).export({ type: 'pkcs1', format: 'pem' });
