import { readFileSync } from 'node:fs';
import type { StackDescription } from '@latchkey/local-stack';
import { importJWK, SignJWT, type JWK } from 'jose';
import { CliError } from './errors.js';

export const roles = ['user', 'operator', 'auditor'] as const;
export type Role = (typeof roles)[number];

const units = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;

/** `15m` → 900. */
export const seconds = (text: string): number => {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (!count || !unit) throw new CliError('cli.bad_option', `"${text}" is not a duration; write it like 15m, 12h or 1d`);
  return Number(count) * units[unit as keyof typeof units];
};

/** A token of the embedded issuer, as its user would get one by logging in. */
export const issueToken = async (stack: StackDescription, user: string, role: Role, ttl: string): Promise<string> => {
  const jwk = JSON.parse(readFileSync(stack.keys.issuer, 'utf8')) as JWK;
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({ roles: [role] })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', ...(jwk.kid ? { kid: jwk.kid } : {}) })
    .setIssuer(process.env['JWT_ISSUER'] ?? 'latchkey-embedded')
    .setAudience(process.env['JWT_AUDIENCE'] ?? 'latchkey')
    .setSubject(user)
    .setIssuedAt(now)
    .setExpirationTime(now + seconds(ttl))
    .sign(await importJWK(jwk, 'EdDSA'));
};
