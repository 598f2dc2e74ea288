import { systemClock, type Clock } from '@latchkey/kernel';
import { CompactSign } from 'jose';
import { randomUUID } from 'node:crypto';
import { toNumericDate } from '../jose/freshness.js';
import type { MessageKey } from './message-key.js';

export type SignMessageOptions = {
  readonly key: MessageKey;
  /** Who may believe it: the receiving service. */
  readonly audience: string;
  /** What it is, e.g. the subject it travels on; a signature for one purpose is worth nothing for another. */
  readonly type: string;
  /** Anything JSON can say. */
  readonly payload: unknown;
  readonly clock?: Clock;
};

/** A compact JWS: header `alg` EdDSA, `kid`, `typ`; claims `iss`, `aud`, `iat`, a fresh `jti`, and the payload as `body`. Signed, not hidden. */
export const signMessage = async ({ key, audience, type, payload, clock = systemClock }: SignMessageOptions): Promise<string> => {
  const claims = { iss: key.issuer, aud: audience, iat: toNumericDate(clock.now()), jti: randomUUID(), body: payload ?? null };
  return new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
    .setProtectedHeader({ alg: 'EdDSA', kid: key.kid, typ: type })
    .sign(key.privateKey);
};
