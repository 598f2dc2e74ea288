import { canonicalJson, systemClock, type Clock } from '@latchkey/kernel';
import type { JWK } from 'jose';
import { SealingError } from '../errors.js';
import type { TrustedKeys } from '../message/trusted-keys.js';
import { verifyMessage } from '../message/verify-message.js';

/** A public key to seal to, and its owner's JWS over it. */
export type SignedSealingKey<Jwk extends JWK = JWK> = { readonly jwk: Jwk; readonly signed: string };

/** By what the key is known: who may give one out, in which words, and by which message keys. */
export type SealingKeyPin = {
  readonly trusted: TrustedKeys;
  readonly issuer: string;
  readonly audience: string;
  readonly type: string;
  readonly clock?: Clock;
};

// Signed anew for each answer: an older one was kept by somebody, perhaps until the key had been stolen.
const maxAgeMs = 5 * 60_000;

/**
 * The key to seal to, once its owner's word for it has been checked against the message keys that are pinned here. Whoever carries it
 * (a gateway, a proxy) could otherwise put a key of its own in its place and read every secret that is sealed.
 *
 * @throws {SealingError} `sealing.key_untrusted`; its detail `why` is the code of what did not hold
 */
export const checkSealingKey = async <Jwk extends JWK>(
  { jwk, signed }: SignedSealingKey<Jwk>,
  { trusted, issuer, audience, type, clock = systemClock }: SealingKeyPin,
): Promise<Jwk> => {
  const untrusted = (why: string): SealingError =>
    new SealingError(
      'sealing.key_untrusted',
      `the sealing key is not one that a "${issuer}" trusted here has signed for this use: seal nothing to it, and find out who answered`,
      { why },
    );
  try {
    const { body } = await verifyMessage(signed, { trusted, audience, type, issuers: [issuer], maxAgeMs, clock });
    if (canonicalJson(body) !== canonicalJson(jwk)) throw untrusted('sealing.swapped');
  } catch (error) {
    throw error instanceof SealingError && error.code !== 'sealing.key_untrusted' ? untrusted(error.code) : error;
  }
  return jwk;
};
