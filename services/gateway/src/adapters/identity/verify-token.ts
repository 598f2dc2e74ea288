import { userId as userIdSchema } from '@latchkey/contracts';
import type { Clock } from '@latchkey/kernel';
import { decodeProtectedHeader, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import { roles, type Caller, type Role } from '../../app/caller.js';
import { GatewayError, refusal } from '../../app/errors.js';

export type TokenRules = {
  readonly keys: JWTVerifyGetKey;
  readonly issuer: string;
  readonly audience: string;
  /** A claim's name, or a dotted path to it (`realm_access.roles`). */
  readonly rolesClaim: string;
  /** Longest time from `iat` to `exp`. */
  readonly maxLifetimeSeconds: number;
  readonly clock: Clock;
};

const algorithms = ['EdDSA', 'Ed25519', 'ES256', 'RS256'];
const types = ['at+jwt', 'jwt'];
// Keys that a token brings along, or says where to get: whoever forges the token would forge them too.
const keysOfItsOwn = ['jku', 'jwk', 'x5u', 'x5c'];
const clockToleranceSeconds = 5;
const maxTokenLength = 8_192;

const claimAt = (claims: JWTPayload, path: string): unknown => {
  if (Object.hasOwn(claims, path)) return claims[path];
  let at: unknown = claims;
  for (const name of path.split('.')) {
    if (at === null || typeof at !== 'object' || !Object.hasOwn(at, name)) return undefined;
    at = (at as Readonly<Record<string, unknown>>)[name];
  }
  return at;
};

const isRole = (value: unknown): value is Role => roles.some((role) => role === value);

/** An issuer that knows no roles of ours makes users; names that we do not know give nothing. */
const rolesIn = (claims: JWTPayload, path: string): readonly Role[] => {
  const claim = claimAt(claims, path);
  if (claim === undefined) return ['user'];
  const named: readonly unknown[] = typeof claim === 'string' ? claim.split(' ') : Array.isArray(claim) ? claim : [];
  return roles.filter((role) => named.filter(isRole).includes(role));
};

const lifetimeFits = ({ iat, exp }: JWTPayload, rules: TokenRules): boolean =>
  iat !== undefined &&
  exp !== undefined &&
  exp - iat <= rules.maxLifetimeSeconds &&
  iat * 1_000 <= rules.clock.now() + clockToleranceSeconds * 1_000;

/**
 * Whom a bearer token names.
 *
 * @throws {GatewayError} `auth.token_invalid` (never saying which check failed), `auth.token_expired`, `auth.keys_unavailable`
 */
export const createTokenVerifier =
  (rules: TokenRules) =>
  async (token: string): Promise<Caller> => {
    try {
      if (token.length > maxTokenLength) throw refusal('auth.token_invalid');
      const header = decodeProtectedHeader(token);
      const type = typeof header.typ === 'string' ? header.typ.toLowerCase().replace(/^application\//, '') : '';
      if (!types.includes(type) || keysOfItsOwn.some((name) => name in header)) throw refusal('auth.token_invalid');
      const { payload } = await jwtVerify(token, rules.keys, {
        algorithms,
        issuer: rules.issuer,
        audience: rules.audience,
        requiredClaims: ['sub', 'iat', 'exp'],
        clockTolerance: clockToleranceSeconds,
        currentDate: new Date(rules.clock.now()),
      });
      const subject = userIdSchema.safeParse(payload.sub);
      if (!subject.success || !lifetimeFits(payload, rules)) throw refusal('auth.token_invalid');
      return { userId: subject.data, roles: rolesIn(payload, rules.rolesClaim) };
    } catch (error) {
      if (error instanceof GatewayError) throw error;
      if (error instanceof errors.JWTExpired) throw refusal('auth.token_expired');
      throw refusal('auth.token_invalid'); // the cause may quote the token, so it goes no further
    }
  };
