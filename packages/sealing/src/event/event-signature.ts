import { subtle } from 'node:crypto';
import type { MessageKey } from '../message/message-key.js';
import type { TrustedKeys } from '../message/trusted-keys.js';

// 43 characters are 32 bytes (a thumbprint), 86 are 64 (an Ed25519 signature).
const form = /^([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]{86})$/;

/** What is signed. No subject holds a line feed, so nothing can be read as another subject with other bytes; no JWS begins like this. */
const signedBytes = (subject: string, bytes: Uint8Array): Uint8Array<ArrayBuffer> =>
  Buffer.concat([Buffer.from(`latchkey event v1\n${subject}\n`), bytes]);

/**
 * Signs what a service says on a subject to whoever reads it, now or later: no audience, no time. A plain Ed25519 signature beside the bytes,
 * because there are thousands of them; for messages to one receiver there is `signMessage`.
 *
 * @returns `<kid>.<signature, base64url>`
 */
export const createEventSigner =
  ({ kid, privateKey }: MessageKey) =>
  async (subject: string, bytes: Uint8Array): Promise<string> =>
    `${kid}.${Buffer.from(await subtle.sign('Ed25519', privateKey, signedBytes(subject, bytes))).toString('base64url')}`;

/**
 * Tells whether the service `source` signed exactly these bytes for this subject, by a key of its own that is trusted. A signature that cannot
 * be read, or by a key that is unknown or another service's, is none.
 */
export const createEventVerifier =
  ({ byKid }: TrustedKeys) =>
  async (source: string, subject: string, bytes: Uint8Array, signature: string): Promise<boolean> => {
    const [, kid = '', encoded = ''] = form.exec(signature) ?? [];
    const key = byKid.get(kid);
    if (key?.issuer !== source) return false;
    return subtle.verify('Ed25519', key.publicKey, Buffer.from(encoded, 'base64url'), signedBytes(subject, bytes));
  };
