import {
  createHash,
  createPublicKey,
  createSecretKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
} from 'node:crypto';
import { SealingError } from '../errors.js';
import type { Direction } from './frame.js';

/** One key per direction; they leave the process with nobody. */
export type SessionKeys = Readonly<Record<Direction, KeyObject>>;

/** All that both sides must have seen alike: a session is between these two, through these two messages, or it does not open. */
export type Transcript = {
  /** Both JWS, as the texts that travelled. */
  readonly offer: string;
  readonly acceptance: string;
  readonly sid: string;
  readonly initiator: string;
  readonly responder: string;
  /** The process that answers, of however many the responder has. */
  readonly instance: string;
};

export type EphemeralHalf = { readonly epk: string; readonly privateKey: KeyObject };

const label = 'latchkey session v1';
const keyBytes = 32;
const point = /^[A-Za-z0-9_-]{43}$/;

/** A fresh X25519 pair for one handshake; `epk` is the public half, base64url. */
export const createEphemeralHalf = (): EphemeralHalf => {
  const { privateKey, publicKey } = generateKeyPairSync('x25519');
  return { epk: publicKey.export({ format: 'jwk' }).x ?? '', privateKey };
};

/** JSON arrays of texts are unambiguous: no two transcripts share a salt. */
const saltOf = ({ offer, acceptance, sid, initiator, responder, instance }: Transcript): Buffer =>
  createHash('sha256')
    .update(JSON.stringify([label, offer, acceptance, sid, initiator, responder, instance]))
    .digest();

const expand = (shared: Buffer, salt: Buffer, direction: Direction): KeyObject => {
  const bytes = Buffer.from(hkdfSync('sha256', shared, salt, `${label} ${direction}`, keyBytes));
  const key = createSecretKey(bytes);
  bytes.fill(0);
  return key;
};

/**
 * The X25519 secret of both halves; the caller overwrites it.
 *
 * @throws {SealingError} `sealing.key_invalid`: no point, or one of low order, with which anybody would agree on zero
 */
export const sharedSecret = (privateKey: KeyObject, peer: string): Buffer => {
  try {
    if (!point.test(peer)) throw new SealingError('sealing.key_invalid', 'an ephemeral key is 43 characters of base64url');
    const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x: peer }, format: 'jwk' });
    return diffieHellman({ privateKey, publicKey }); // OpenSSL refuses a result of zero
  } catch {
    throw new SealingError('sealing.key_invalid', 'no session can be agreed on with this ephemeral key');
  }
};

/**
 * HKDF-SHA256 of the shared secret, salted with the transcript.
 *
 * @throws {SealingError} `sealing.key_invalid`
 */
export const agreeOn = (privateKey: KeyObject, peer: string, transcript: Transcript): SessionKeys => {
  const shared = sharedSecret(privateKey, peer);
  try {
    const salt = saltOf(transcript);
    return { request: expand(shared, salt, 'request'), reply: expand(shared, salt, 'reply') };
  } finally {
    shared.fill(0);
  }
};
