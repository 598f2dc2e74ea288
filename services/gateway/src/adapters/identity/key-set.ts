import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  errors,
  type FetchImplementation,
  type JSONWebKeySet,
  type JWTVerifyGetKey,
} from 'jose';
import { z } from 'zod';
import { refusal } from '../../app/errors.js';

/** Public keys only: a private or symmetric key that ends up here must stop the start, not be published. */
export const publicKeySet = z
  .strictObject({
    keys: z
      .array(
        z
          .looseObject({ kty: z.enum(['OKP', 'EC', 'RSA']), kid: z.string().min(1) })
          .refine((jwk) => !['d', 'k', 'p', 'q'].some((part) => part in jwk), {
            error: 'holds a private key; publish its public half',
          }),
      )
      .min(1),
  })
  .transform((keys) => keys as JSONWebKeySet);

export const keysFrom = (keys: JSONWebKeySet): JWTVerifyGetKey => createLocalJWKSet(keys);

/**
 * The issuer's keys over https, fetched when needed and kept for 10 minutes.
 *
 * @throws {GatewayError} `auth.keys_unavailable` from the returned function: the issuer's trouble is not the caller's
 */
export const keysAt = (url: URL, fetchImplementation: FetchImplementation = fetch): JWTVerifyGetKey => {
  const remote = createRemoteJWKSet(url, {
    timeoutDuration: 3_000,
    cooldownDuration: 10_000,
    cacheMaxAge: 600_000,
    [customFetch]: fetchImplementation,
  });
  return async (header, token) => {
    try {
      return await remote(header, token);
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) throw error;
      throw refusal('auth.keys_unavailable');
    }
  };
};
