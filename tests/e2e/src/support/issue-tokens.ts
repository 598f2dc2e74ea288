import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { importJWK, SignJWT, type JWK } from 'jose';
import type { Stack } from './stack.js';

/** Tokens as `latchkey token` makes them, without a process each: for specs with many users. */
export const issueTokens =
  (stack: Stack) =>
  async (user: string): Promise<string> => {
    const jwk = JSON.parse(readFileSync(join(stack.home, 'keys/token-issuer.jwk.json'), 'utf8')) as JWK;
    return new SignJWT({ roles: ['user'] })
      .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', ...(jwk.kid ? { kid: jwk.kid } : {}) })
      .setIssuer('latchkey-embedded')
      .setAudience('latchkey')
      .setSubject(user)
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(await importJWK(jwk, 'EdDSA'));
  };
