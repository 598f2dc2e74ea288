import { randomBytes } from 'node:crypto';
import type { Brand } from './brand.js';

/** W3C trace context, `00-<32 hex trace id>-<16 hex span id>-<2 hex flags>`. */
export type Traceparent = Brand<string, 'Traceparent'>;

const syntax = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

export const isTraceparent = (value: unknown): value is Traceparent => typeof value === 'string' && syntax.test(value);

/** A trace that nobody records: it has an id, by which logs and records are found, and no span of it is ever exported. */
export const newTraceparent = (): Traceparent =>
  `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-00` as Traceparent;

/** The 32 hex digits that name the trace in any tracing backend. */
export const traceIdOf = (traceparent: Traceparent): string => traceparent.slice(3, 35);
