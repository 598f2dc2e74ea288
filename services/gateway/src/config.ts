import { baseConfig, jsonText, port } from '@latchkey/service-kit';
import { isIP } from 'node:net';
import { z } from 'zod';
import { publicKeySet } from './adapters/identity/key-set.js';

const list = (isItem: (item: string) => boolean, error: string) =>
  z
    .string()
    .transform((text) =>
      text
        .split(',')
        .map((item) => item.trim())
        .filter(Boolean),
    )
    .refine((items) => items.every(isItem), { error })
    .default([]);

const isRange = (item: string): boolean => {
  const [address = '', bits, ...rest] = item.split('/');
  const family = isIP(address);
  return (
    family !== 0 &&
    rest.length === 0 &&
    (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128)))
  );
};

const yesOrNo = z.enum(['true', 'false'], { error: 'must be true or false' }).transform((value) => value === 'true');

const fields = {
  ...baseConfig,
  PORT: port().default(8_080).meta({ description: 'where the REST API and the webhooks are served; 0 takes a free port' }),
  HOST: z.string().default('127.0.0.1').meta({ description: 'the address that it listens on; a container needs 0.0.0.0' }),
  PUBLIC_URL: z
    .url({ protocol: /^https?$/, error: 'must be an http(s) URL' })
    .transform((url) => url.replace(/\/+$/, ''))
    .optional()
    .meta({
      description:
        'where TradingView reaches this gateway: webhook addresses begin with it; http://localhost and the port unless set',
      example: 'https://signals.example.com',
    }),
  JWT_ISSUER: z.string().min(1).meta({ description: "the tokens' issuer (`iss`)", example: 'https://login.example.com/' }),
  JWT_AUDIENCE: z.string().min(1).default('latchkey').meta({ description: "the tokens' audience (`aud`)" }),
  JWKS: jsonText(publicKeySet).optional().meta({
    description: "the issuer's public keys as a JWK set; published at /.well-known/jwks.json. Either this or JWKS_URL",
  }),
  JWKS_URL: z
    .url({ protocol: /^https?$/, error: 'must be an http(s) URL' })
    .optional()
    .meta({
      description: 'where the issuer publishes its keys. Either this or JWKS',
      example: 'https://login.example.com/jwks.json',
    }),
  JWT_ROLES_CLAIM: z
    .string()
    .min(1)
    .default('roles')
    .meta({ description: 'the claim that holds roles: its name, or a dotted path like realm_access.roles' }),
  JWT_MAX_LIFETIME_SECONDS: z.coerce
    .number({ error: 'must be a whole number of seconds' })
    .pipe(z.int().min(60).max(86_400))
    .optional()
    .meta({
      description:
        'tokens that live longer (from `iat` to `exp`) are refused; 900 with JWKS_URL, and 43200 with JWKS, whose tokens the CLI makes',
    }),
  TRUSTED_PROXIES: list(isRange, 'must be IP addresses or ranges like 10.0.0.0/8, separated by commas').meta({
    description: 'proxies whose X-Forwarded-* headers are believed; nobody unless set',
    example: '10.0.0.0/8,192.0.2.7',
  }),
  REQUIRE_HTTPS: yesOrNo.optional().meta({
    description: 'refuse plain http (health apart): true or false; true when NODE_ENV is production',
  }),
  NODE_ENV: z.string().default('development').meta({ description: 'production switches the defaults to their strict side' }),
  EGRESS_ADDRESSES: list((item) => isIP(item) !== 0, 'must be IP addresses separated by commas').meta({
    description: 'the addresses that orders leave from, which users allow-list at their exchange',
    example: '192.0.2.10,192.0.2.11',
  }),
  RATE_LIMIT_SCALE: z.coerce
    .number({ error: 'must be a number' })
    .pipe(z.number().min(0.01).max(1_000))
    .default(1)
    .meta({ description: 'multiplies the rate limits per user and per address' }),
};

/** What the gateway reads from its environment. */
export const gatewayConfig = z.object(fields).superRefine((config, context) => {
  if ((config.JWKS === undefined) === (config.JWKS_URL === undefined)) {
    context.addIssue({ code: 'custom', path: ['JWKS'], message: 'must be given, or JWKS_URL instead (not both)' });
  }
  if (config.NODE_ENV === 'production' && config.JWKS_URL?.startsWith('http:') === true) {
    context.addIssue({
      code: 'custom',
      path: ['JWKS_URL'],
      message: 'must be https in production: whoever answers it makes users',
    });
  }
});
export type GatewayConfig = z.output<typeof gatewayConfig>;

/** The REST surface refuses plain http unless told otherwise, or in development. */
export const requiresHttps = ({ REQUIRE_HTTPS, NODE_ENV }: Pick<GatewayConfig, 'REQUIRE_HTTPS' | 'NODE_ENV'>): boolean =>
  REQUIRE_HTTPS ?? NODE_ENV === 'production';

/** A foreign issuer's tokens live 15 minutes; the embedded one's are made by hand and last a day's work. */
export const maxTokenLifetimeSeconds = (config: Pick<GatewayConfig, 'JWT_MAX_LIFETIME_SECONDS' | 'JWKS_URL'>): number =>
  config.JWT_MAX_LIFETIME_SECONDS ?? (config.JWKS_URL === undefined ? 43_200 : 900);
