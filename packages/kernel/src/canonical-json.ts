import canonicalize from 'canonicalize';
import { createHash } from 'node:crypto';
import { InvariantError } from './app-error.js';

/**
 * The one text of a JSON value (RFC 8785): what hashes and idempotency keys are computed from.
 *
 * @throws {InvariantError} for what JSON cannot say (a function, a cycle, a lone surrogate)
 */
export const canonicalJson = (value: unknown): string => {
  const written = canonicalize(value);
  if (written === undefined) throw new InvariantError('this value has no JSON form');
  return written;
};

/** SHA-256 as 64 hex digits. */
export const sha256Hex = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');
