import { createSecretKey } from 'node:crypto';
import { VaultError } from '../vault-error.js';
import { aeadOpen, aeadSeal, ivBytes, keyBytes } from './aead.js';
import { contentsData, envelopeFormat, wrappedKeyData, type Binding, type Wrapping } from './binding.js';
import type { KeyId, KeyProvider } from './key-provider.js';

/** Ciphertext as it stands in a column: `lk1.<key id>.<wrapped data key>.<contents>`, the last two base64url of IV, ciphertext and tag. */
export type EnvelopeText = string;

type Parts = { readonly keyId: KeyId; readonly wrappedKey: Buffer; readonly contents: Buffer };

// Longer than any secret that was let in: what is not ours is not even decoded.
const maxLength = 16_384;

// Base64 has several texts for the same bytes. One of them is ours, so that a changed character never goes unnoticed.
const fromBase64Url = (text: string): Buffer | undefined => {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : undefined;
};

const partsOf = (envelope: EnvelopeText): Parts => {
  if (envelope.length > maxLength) throw new VaultError('vault.integrity_failed');
  const [format, keyId, key = '', contents = '', ...more] = envelope.split('.');
  const wrappedKey = fromBase64Url(key);
  const sealed = fromBase64Url(contents);
  if (format !== envelopeFormat || keyId === undefined || more.length > 0 || !wrappedKey || !sealed) {
    throw new VaultError('vault.integrity_failed');
  }
  return { keyId: keyId as KeyId, wrappedKey, contents: sealed };
};

const textOf = ({ keyId, wrappedKey, contents }: Parts): EnvelopeText =>
  [envelopeFormat, keyId, wrappedKey.toString('base64url'), contents.toString('base64url')].join('.');

/** Which master key an envelope needs. */
export const keyIdOfEnvelope = (envelope: EnvelopeText): KeyId => partsOf(envelope).keyId;

/** Encrypts under a data key of its own, wrapped by that master key: for envelopes of one row, which are all under the same. */
export const sealEnvelopeUnder = async (
  keyId: KeyId,
  keys: Pick<KeyProvider, 'wrap'>,
  random: (bytes: number) => Buffer,
  binding: Binding,
  plaintext: Uint8Array,
): Promise<EnvelopeText> => {
  const dataKey = random(keyBytes);
  try {
    const contents = aeadSeal(createSecretKey(dataKey), random(ivBytes), contentsData(binding), plaintext);
    const additionalData = wrappedKeyData(binding, keyId);
    return textOf({ keyId, contents, wrappedKey: await keys.wrap({ keyId, use: binding.use, additionalData, dataKey }) });
  } finally {
    dataKey.fill(0);
  }
};

/** Encrypts under a data key of its own, wrapped by the writing master key. */
export const sealEnvelope = async (
  keys: Pick<KeyProvider, 'keyIds' | 'wrap'>,
  random: (bytes: number) => Buffer,
  binding: Binding,
  plaintext: Uint8Array,
): Promise<EnvelopeText> => {
  const [keyId] = await keys.keyIds();
  return sealEnvelopeUnder(keyId, keys, random, binding, plaintext);
};

/**
 * The plaintext of an envelope that belongs to exactly that binding; the caller overwrites it after use.
 *
 * @throws {VaultError} `vault.integrity_failed`: corrupted, truncated, of another row, another field or another version
 */
export const openEnvelope = async (
  keys: Pick<KeyProvider, 'unwrap'>,
  binding: Binding,
  envelope: EnvelopeText,
): Promise<Buffer> => {
  const { keyId, wrappedKey, contents } = partsOf(envelope);
  const dataKey = await keys.unwrap({ keyId, use: binding.use, additionalData: wrappedKeyData(binding, keyId), wrappedKey });
  try {
    if (dataKey.length !== keyBytes) throw new VaultError('vault.integrity_failed');
    return aeadOpen(createSecretKey(dataKey), contentsData(binding), contents);
  } finally {
    dataKey.fill(0);
  }
};

/**
 * The same contents under that master key: the data key is unwrapped and wrapped again, nothing else is opened. An envelope that is
 * under it already stays as it is, so that this may be done twice. Whoever stores it says which key, once for a row: the one that writes
 * may change from one call to the next.
 *
 * @throws {VaultError} `vault.integrity_failed`: its data key does not unwrap for that owner and field
 */
export const rewrapEnvelope = async (
  keyId: KeyId,
  keys: Pick<KeyProvider, 'wrap' | 'unwrap'>,
  wrapping: Wrapping,
  envelope: EnvelopeText,
): Promise<EnvelopeText> => {
  const { keyId: former, wrappedKey, contents } = partsOf(envelope);
  if (former === keyId) return envelope;
  const { use } = wrapping;
  const dataKey = await keys.unwrap({ keyId: former, use, additionalData: wrappedKeyData(wrapping, former), wrappedKey });
  try {
    if (dataKey.length !== keyBytes) throw new VaultError('vault.integrity_failed');
    const rewrapped = await keys.wrap({ keyId, use, additionalData: wrappedKeyData(wrapping, keyId), dataKey });
    return textOf({ keyId, contents, wrappedKey: rewrapped });
  } finally {
    dataKey.fill(0);
  }
};
