import { hostname } from 'node:os';
import { z } from 'zod';
import { jsonText, port } from './fields.js';

const coordinate = z.string().regex(/^[A-Za-z0-9_-]{43}$/, { error: 'must be 43 characters of base64url' });
const publicJwk = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: coordinate,
  kid: z.string().exactOptional(),
  alg: z.string().exactOptional(),
  use: z.string().exactOptional(),
});

/** What all four services read. A service's own schema is `z.object({ ...baseConfig, … })`. */
export const baseConfig = {
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgres:// URL' }).meta({
    description: "this service's own Postgres database, with the service's role",
    secret: true,
    example: 'postgres://gateway:…@db.internal:5432/gateway',
  }),
  NATS_URL: z
    .string()
    .regex(/^(nats|tls):\/\/[^\s,]+(,(nats|tls):\/\/[^\s,]+)*$/, {
      error: 'must be one or more nats:// or tls:// URLs, separated by commas',
    })
    .meta({ description: 'the NATS servers, separated by commas', example: 'nats://127.0.0.1:4222' }),
  LATCHKEY_NKEY_SEED: z
    .string()
    .regex(/^SU[A-Z2-7]{56}$/, { error: 'must be the seed of a user nkey ("SU" and 56 characters)' })
    .meta({ description: "the seed of this service's NATS identity", secret: true }),
  NATS_CA_FILE: z.string().optional().meta({
    description:
      'the PEM file of the authority that signed the NATS servers’ certificates; TLS is required once it is set, and it must be set for servers that are not on this machine',
    example: '/etc/latchkey/nats-ca.pem',
  }),
  LATCHKEY_MESSAGE_KEY: jsonText(publicJwk.extend({ d: coordinate })).meta({
    description: "this service's message key: a private Ed25519 JWK as JSON",
    secret: true,
  }),
  LATCHKEY_TRUSTED_KEYS: jsonText(z.record(z.string(), z.array(publicJwk.strict()).min(1).max(2))).meta({
    description: 'the public message keys of all services as JSON, at most two each',
    example: '{"key-vault":[{"kty":"OKP","crv":"Ed25519","x":"…"}]}',
  }),
  HEALTH_PORT: port().default(0).meta({ description: 'where /health/live and /health/ready are served; 0 takes a free port' }),
  HEALTH_HOST: z
    .string()
    .default('127.0.0.1')
    .meta({ description: 'the address that the health server listens on; a container needs 0.0.0.0' }),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal'])
    .default('info')
    .meta({ description: 'the least severe log lines to write' }),
  LATCHKEY_INSTANCE: z
    .string()
    .min(1)
    .optional()
    // No default: the generated reference shows those, and must be the same on every machine.
    .transform((name) => name ?? `${hostname()}-${process.pid}`)
    .meta({ description: 'the name of this process among its replicas; host name and process id unless set' }),
} as const;
