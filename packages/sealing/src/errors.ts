import { AppError } from '@latchkey/kernel';

/** Why something sealed or signed was not taken, or could not be made. */
export type SealingErrorCode =
  /** A key is not of the profile (Ed25519 for messages, P-256 for sealing, X25519 for sessions), or there are too many of one issuer. */
  | 'sealing.key_invalid'
  /** Not a compact JWS or JWE, or its header says something that the profile does not know. */
  | 'sealing.malformed'
  /** A key to seal to that does not come from a vault which is trusted here, or another one than it signed. */
  | 'sealing.key_untrusted'
  /** Made with a key that nobody here trusts or holds. */
  | 'sealing.unknown_key'
  /** The signature does not fit. */
  | 'sealing.signature_invalid'
  /** Sealed for somebody else, or altered on the way. */
  | 'sealing.cannot_open'
  /** Right key, but made for another purpose. */
  | 'sealing.wrong_type'
  | 'sealing.wrong_issuer'
  | 'sealing.wrong_audience'
  /** Older than the receiver takes, or dated in its future. */
  | 'sealing.stale'
  /** A session ends after an hour, or with its counters: open another. */
  | 'sealing.session_over'
  /** A frame that was taken before, comes too late for its place, or answers another request. */
  | 'sealing.counter_used';

/** Messages never quote input: what failed to open may well be a secret. */
export class SealingError extends AppError<SealingErrorCode> {}
