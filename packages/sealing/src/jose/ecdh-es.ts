import { compactDecrypt, CompactEncrypt, type JWK } from 'jose';
import { SealingError } from '../errors.js';
import { malformed, objectOf, partsOf } from './compact.js';
import { importRecipient } from './sealing-key.js';

/** The profile: one key agreement and one cipher, no compression, nothing negotiated. */
const algorithms = { alg: 'ECDH-ES', enc: 'A256GCM' } as const;

/**
 * A compact JWE to one recipient; `header` is authenticated, not hidden.
 *
 * @throws {SealingError} `sealing.key_invalid`
 */
export const encryptTo = async (
  recipient: JWK,
  header: Readonly<Record<string, unknown>>,
  plaintext: Uint8Array,
): Promise<string> => {
  const key = importRecipient(recipient);
  return new CompactEncrypt(plaintext).setProtectedHeader({ ...header, ...algorithms }).encrypt(key);
};

/**
 * Opens a compact JWE of exactly this profile. What its header must further say is the caller's to check.
 *
 * @throws {SealingError} `sealing.malformed`, `sealing.cannot_open`
 */
export const decryptWith = async (privateKey: CryptoKey, jwe: string, maxLength: number): Promise<Uint8Array> => {
  const [head, encryptedKey, iv, , tag] = partsOf(jwe, 5, maxLength);
  const { alg, enc } = objectOf(head ?? new Uint8Array());
  if (alg !== algorithms.alg || enc !== algorithms.enc) throw malformed('its algorithms are not ECDH-ES with A256GCM');
  if (encryptedKey?.length !== 0 || iv?.length !== 12 || tag?.length !== 16)
    throw malformed('its parts do not have the lengths of ECDH-ES with A256GCM');
  try {
    const { plaintext } = await compactDecrypt(jwe, privateKey, {
      keyManagementAlgorithms: [algorithms.alg],
      contentEncryptionAlgorithms: [algorithms.enc],
    });
    return plaintext;
  } catch {
    // One answer whatever went wrong, and no cause: why a ciphertext did not open helps only whoever is guessing.
    throw new SealingError('sealing.cannot_open', 'it does not open: it was sealed for another key, or altered on the way');
  }
};
