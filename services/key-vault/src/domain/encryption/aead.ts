import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';
import { VaultError } from '../vault-error.js';

/** The one profile: AES-256-GCM, 96-bit IV, 128-bit tag. The tag's length is always given: without it Node takes four bytes as well. */
const algorithm = 'aes-256-gcm';
export const ivBytes = 12;
const tagBytes = 16;
export const keyBytes = 32;

/** IV, ciphertext and tag in one piece. */
export const aeadSeal = (key: KeyObject, iv: Uint8Array, additionalData: Uint8Array, plaintext: Uint8Array): Buffer => {
  const cipher = createCipheriv(algorithm, key, iv, { authTagLength: tagBytes }).setAAD(additionalData);
  const first = cipher.update(plaintext);
  const last = cipher.final();
  // Buffer.concat would take its memory from the pool that other buffers share.
  const sealed = Buffer.alloc(iv.length + first.length + last.length + tagBytes);
  sealed.set(iv, 0);
  sealed.set(first, iv.length);
  sealed.set(last, iv.length + first.length);
  sealed.set(cipher.getAuthTag(), sealed.length - tagBytes);
  return sealed;
};

/**
 * The plaintext, or nothing at all: what was decrypted before the tag failed is overwritten.
 *
 * @throws {VaultError} `vault.integrity_failed`
 */
export const aeadOpen = (key: KeyObject, additionalData: Uint8Array, sealed: Uint8Array): Buffer => {
  if (sealed.length < ivBytes + tagBytes) throw new VaultError('vault.integrity_failed');
  const plaintext = Buffer.alloc(sealed.length - ivBytes - tagBytes);
  try {
    const decipher = createDecipheriv(algorithm, key, sealed.subarray(0, ivBytes), { authTagLength: tagBytes })
      .setAAD(additionalData)
      .setAuthTag(sealed.subarray(sealed.length - tagBytes));
    const part = decipher.update(sealed.subarray(ivBytes, sealed.length - tagBytes));
    plaintext.set(part);
    part.fill(0);
    decipher.final();
    return plaintext;
  } catch {
    plaintext.fill(0);
    throw new VaultError('vault.integrity_failed');
  }
};
