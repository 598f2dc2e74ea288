import { generateKeyPairSync, verify, type KeyObject } from 'node:crypto';

export type Pair = { readonly publicKey: KeyObject; readonly privateKey: KeyObject };

export const ed25519Pair = (): Pair => generateKeyPairSync('ed25519');
export const rsaPair = (modulusLength = 2_048): Pair => generateKeyPairSync('rsa', { modulusLength });

/** As a user would paste it. */
export const pemOf = ({ privateKey }: Pair, type: 'pkcs8' | 'pkcs1' = 'pkcs8'): string =>
  privateKey.export({ format: 'pem', type });

/** As a venue would check it. */
export const verifies = ({ publicKey }: Pick<Pair, 'publicKey'>, payload: string, signature: string): boolean =>
  verify(
    publicKey.asymmetricKeyType === 'rsa' ? 'sha256' : null,
    Buffer.from(payload),
    publicKey,
    Buffer.from(signature, 'base64'),
  );
