/** Stands where a secret stood. */
const redactedMark = '[redacted]';

// By their endings, so that `apiSecret`, `webhook_token` and `X-Signature` are found too. Both cases, with or without separators.
const secretName =
  /(secret|token|signature|authorization|password|passphrase|seed|cookie|ciphertext|plaintext|api[-_]?key|private[-_]?key|encryption[-_]?key|message[-_]?key|sealed[-_]?secret|jws|jwe|jwt)$/i;

// Deeper things in a log line are a mistake, and walking them costs more than they tell.
const maxDepth = 8;

const errorFields = (error: Error): Record<string, unknown> => ({
  type: error.name,
  ...('code' in error ? { code: error.code } : {}),
  message: error.message,
  ...('details' in error ? { details: error.details } : {}),
  stack: error.stack,
  ...(error.cause === undefined ? {} : { cause: error.cause }),
});

/** A copy of what may be logged: secrets by name replaced at any depth, errors written out, cycles and depth cut. */
export const redact = (value: unknown, depth = 0, seen: ReadonlySet<object> = new Set()): unknown => {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (seen.has(value)) return '[circular]';
  if (depth >= maxDepth) return '[too deep]';
  const path = new Set(seen).add(value);
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1, path));
  const entries: readonly (readonly [string, unknown])[] =
    value instanceof Map
      ? [...value].map(([key, item]) => [String(key), item] as const)
      : Object.entries(value instanceof Error ? errorFields(value) : value);
  return Object.fromEntries(
    entries.map(([name, item]) => [name, secretName.test(name) ? redactedMark : redact(item, depth + 1, path)]),
  );
};
