import type { JWK } from 'jose';
import { decryptWith, encryptTo } from '../jose/ecdh-es.js';
import { headerOf, malformed, partsOf } from '../jose/compact.js';
import { signMessage, type SignMessageOptions } from '../message/sign-message.js';
import { verifyMessage, type VerifiedMessage, type VerifyMessageOptions } from '../message/verify-message.js';

/** A key pair for one reply: the public half travels in the signed request, the private half never leaves the process. */
export type ReplyKey = { readonly publicJwk: JWK; readonly privateKey: CryptoKey };

const typ = 'latchkey-reply';
const maxLength = 8 * 1024 * 1024;

/** A fresh X25519 pair whose private half cannot be exported. */
export const createReplyKey = async (): Promise<ReplyKey> => {
  const pair = await crypto.subtle.generateKey('X25519', false, ['deriveBits']);
  if (!('privateKey' in pair)) throw malformed('no key pair was made');
  const { x = '' } = await crypto.subtle.exportKey('jwk', pair.publicKey);
  return { publicJwk: { kty: 'OKP', crv: 'X25519', x }, privateKey: pair.privateKey };
};

/**
 * Signs like `signMessage`, then seals the JWS to the caller's reply key: the broker carries it, and can neither read nor forge it.
 *
 * @param options.recipient a public JWK on P-256 or X25519, as the caller's signed request gave it
 * @throws {SealingError} `sealing.key_invalid`
 */
export const sealReply = async ({ recipient, ...message }: SignMessageOptions & { readonly recipient: JWK }): Promise<string> =>
  encryptTo(recipient, { typ }, new TextEncoder().encode(await signMessage(message)));

/**
 * Opens what {@link sealReply} made and checks the signature inside.
 *
 * @throws {SealingError} `sealing.malformed`, `sealing.cannot_open`, and those of `verifyMessage`
 */
export const openReply = async (
  jwe: string,
  { privateKey, ...expected }: VerifyMessageOptions & { readonly privateKey: CryptoKey },
): Promise<VerifiedMessage> => {
  const header = headerOf(partsOf(jwe, 5, maxLength)[0], ['typ', 'alg', 'enc', 'epk']);
  if (header['typ'] !== typ) throw malformed('it is no sealed reply');
  return verifyMessage(new TextDecoder().decode(await decryptWith(privateKey, jwe, maxLength)), expected);
};
