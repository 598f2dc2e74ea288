import { SealingError } from '../errors.js';

const base64url = /^[A-Za-z0-9_-]*$/;

/** One text per byte string: jose's decoder forgives padding bits and other alphabets, so that one signature would have many spellings. */
const bytesOf = (part: string): Buffer => {
  const bytes = Buffer.from(part, 'base64url');
  if (!base64url.test(part) || bytes.toString('base64url') !== part) throw malformed('a part is not canonical base64url');
  return bytes;
};

export const malformed = (why: string, cause?: unknown): SealingError =>
  new SealingError('sealing.malformed', `this is no envelope of ours: ${why}`, {}, cause === undefined ? undefined : { cause });

/**
 * JSON as an object.
 *
 * @throws {SealingError} `sealing.malformed`
 */
export const objectOf = (bytes: Uint8Array): Readonly<Record<string, unknown>> => {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw malformed('a part is not JSON'); // no cause: V8 quotes what it could not parse
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed('a part is not a JSON object');
  return value as Readonly<Record<string, unknown>>;
};

/** The parts of a compact JWS (3) or JWE (5), decoded strictly; a JWE with ECDH-ES has an empty second part. */
export const partsOf = (compact: string, count: 3 | 5, maxLength: number): readonly Buffer[] => {
  if (compact.length > maxLength) throw malformed(`it is longer than ${maxLength} characters`);
  const parts = compact.split('.');
  if (parts.length !== count) throw malformed(`it does not have ${count} parts`);
  return parts.map(bytesOf);
};

/** The header, with exactly these names: what we do not know, `crit` and keys inside the message included, is refused. */
export const headerOf = (part: Uint8Array | undefined, names: readonly string[]): Readonly<Record<string, unknown>> => {
  const header = objectOf(part ?? new Uint8Array());
  const unknown = Object.keys(header).some((name) => !names.includes(name));
  if (unknown || names.some((name) => !Object.hasOwn(header, name)))
    throw malformed(`its header must hold exactly ${names.join(', ')}`);
  return header;
};
