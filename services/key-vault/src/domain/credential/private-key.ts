import { createPrivateKey, type KeyObject } from 'node:crypto';
import type { KeyType, VaultErrorCode } from '@latchkey/contracts';
import { readPem } from './pem.js';

/** A private key that may be stored: PKCS#8 in DER, whatever it came as. The caller overwrites `pkcs8`. */
export type PrivateKeyReading =
  | { readonly ok: true; readonly keyType: Exclude<KeyType, 'hmac'>; readonly pkcs8: Buffer }
  | { readonly ok: false; readonly code: VaultErrorCode };

/** Shorter ones can be broken, longer ones no venue takes and signing would take too long. */
const rsaBits = { min: 2_048, max: 4_096 } as const;

/** One SEQUENCE that is as long as it says: a parser would pass over what comes after it. */
const isOneSequence = (der: Buffer): boolean => {
  const [tag, first = 0] = der;
  if (tag !== 0x30) return false;
  if (first < 0x80) return der.length === 2 + first;
  const lengthBytes = first - 0x80;
  if (lengthBytes < 1 || lengthBytes > 2 || der.length < 2 + lengthBytes) return false;
  return der.length === 2 + lengthBytes + der.readUIntBE(2, lengthBytes);
};

const parse = (der: Buffer, type: 'pkcs8' | 'pkcs1'): KeyObject | undefined => {
  try {
    return isOneSequence(der) ? createPrivateKey({ key: der, format: 'der', type }) : undefined;
  } catch {
    // Whatever the parser has to say could quote what it read.
    return undefined;
  }
};

const refused = (code: VaultErrorCode): PrivateKeyReading => ({ ok: false, code });

/** Reads Ed25519 (PKCS#8) and RSA (PKCS#8, PKCS#1) private keys in PEM. */
export const readPrivateKey = (text: Buffer): PrivateKeyReading => {
  const pem = readPem(text);
  if (pem?.kind === 'encrypted') return refused('vault.private_key_encrypted');
  if (pem?.kind === 'other_private_key') return refused('vault.private_key_unsupported');
  if (pem?.der === undefined) return refused('vault.private_key_malformed');
  const { der, kind } = pem;
  try {
    const key = parse(der, kind === 'pkcs1' ? 'pkcs1' : 'pkcs8');
    if (!key) return refused('vault.private_key_malformed');
    const { asymmetricKeyType: keyType, asymmetricKeyDetails } = key;
    if (keyType !== 'ed25519' && keyType !== 'rsa') return refused('vault.private_key_unsupported');
    const bits = asymmetricKeyDetails?.modulusLength ?? 0;
    if (keyType === 'rsa' && (bits < rsaBits.min || bits > rsaBits.max)) return refused('vault.private_key_size');
    return { ok: true, keyType, pkcs8: key.export({ format: 'der', type: 'pkcs8' }) };
  } finally {
    der.fill(0);
  }
};
