import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { baseConfig } from './base-config.js';
import { ConfigError } from './config-error.js';
import { jsonText, port } from './fields.js';
import { loadConfig } from './load-config.js';
import { configMarkdown, configReference, envExample } from './reference.js';

const schema = z.object({
  ENCRYPTION_KEY: z
    .string()
    .regex(/^[0-9a-f]{64}$/, { error: 'must be 64 hex digits' })
    .refine((value) => value !== '0'.repeat(64), { error: 'must not be all zero' })
    .meta({ description: 'the key of keys', secret: true, example: '64 hex digits' }),
  PORT: port().default(8080).meta({ description: 'where to listen' }),
  MODE: z.enum(['simulator', 'live']).meta({ description: 'which venues', example: 'simulator' }),
  JWKS: jsonText(z.strictObject({ keys: z.array(z.string()) }))
    .optional()
    .meta({ description: 'keys as JSON', secret: true }),
  NOTE: z.string().optional().meta({ description: 'a | b' }),
});
const canary = 'c0ffee-canary';
const good = { ENCRYPTION_KEY: 'ab'.repeat(32), MODE: 'live' };

const failure = (env: NodeJS.ProcessEnv): ConfigError => {
  try {
    loadConfig(schema, env);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return error as ConfigError;
  }
  throw new ConfigError([]);
};

const folder = mkdtempSync(join(tmpdir(), 'latchkey-config-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, content: string): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

describe('a configuration', () => {
  it('is read, with defaults; an empty variable counts as absent', () => {
    expect(loadConfig(schema, { ...good, PORT: '', JWKS: '{"keys":["a"]}', UNKNOWN: 'x' })).toEqual({
      ...good,
      PORT: 8080,
      JWKS: { keys: ['a'] },
    });
    expect(loadConfig(schema, { ...good, PORT: '0' }).PORT).toBe(0);
  });

  it('is refused with every problem at once, each with what to do', () => {
    const error = failure({ ENCRYPTION_KEY: 'short', PORT: '70000' });
    expect(error.code).toBe('config.invalid');
    expect(error.problems.map(({ variable }) => variable)).toEqual(['ENCRYPTION_KEY', 'PORT', 'MODE']);
    expect(error.message).toContain('3 problems');
    expect(error.message).toContain(
      'ENCRYPTION_KEY is not usable: must be 64 hex digits. It is the key of keys. Set ENCRYPTION_KEY, e.g. ENCRYPTION_KEY=64 hex digits',
    );
    expect(error.message).toContain('PORT is "70000": must be a port number from 0 to 65535');
    expect(error.message).toContain(
      'MODE is missing. It is which venues. Set MODE, e.g. MODE=simulator (or MODE_FILE to a file that holds it)',
    );
  });

  it.each([
    ['of the wrong form', { ...good, ENCRYPTION_KEY: canary }],
    ['that is no JSON', { ...good, JWKS: canary }],
    ['with an unknown field', { ...good, JWKS: JSON.stringify({ keys: [], [canary]: 1 }) }],
    ['with a field of the wrong type', { ...good, JWKS: JSON.stringify({ keys: canary }) }],
  ])('never shows a secret %s', (_how, env) => {
    const error = failure(env);
    expect(error.message).toContain('is not usable');
    expect(`${error.message} ${JSON.stringify(error)} ${error.stack} ${String(error.cause)}`).not.toContain(canary);
  });

  it('hides a secret that a rule’s own message would quote', () => {
    const quoting = z.object({
      KEY: z
        .string()
        .check(z.superRefine((value, context) => context.addIssue(`${value} is bad`)))
        .meta({ secret: true }),
    });
    expect(() => loadConfig(quoting, { KEY: canary })).toThrow(/KEY is not usable: does not have the right form/);
    expect(() => loadConfig(quoting, { KEY: canary })).not.toThrow(new RegExp(canary));
  });

  it('reads NAME_FILE when NAME is absent, without the last line break', () => {
    const path = file('key', `${'cd'.repeat(32)}\n`);
    expect(loadConfig(schema, { MODE: 'live', ENCRYPTION_KEY_FILE: path }).ENCRYPTION_KEY).toBe('cd'.repeat(32));
    expect(loadConfig(schema, { ...good, ENCRYPTION_KEY_FILE: path }).ENCRYPTION_KEY).toBe(good.ENCRYPTION_KEY);
  });

  it('says which file cannot be read, and not that the variable is missing too', () => {
    const error = failure({ MODE: 'live', ENCRYPTION_KEY_FILE: join(folder, 'nothing') });
    expect(error.problems.map(({ variable }) => variable)).toEqual(['ENCRYPTION_KEY_FILE']);
    expect(error.message).toContain('cannot be read (ENOENT)');
  });

  it('of the parts that all services share takes what the launcher gives', () => {
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43) };
    const config = loadConfig(z.object(baseConfig), {
      DATABASE_URL: 'postgres://gateway:secret@127.0.0.1:5432/gateway',
      NATS_URL: 'nats://127.0.0.1:4222,tls://nats.internal:4222',
      LATCHKEY_NKEY_SEED: `SU${'A'.repeat(56)}`,
      LATCHKEY_MESSAGE_KEY: JSON.stringify({ ...jwk, d: 'B'.repeat(43), kid: 'k', alg: 'EdDSA', use: 'sig' }),
      LATCHKEY_TRUSTED_KEYS: JSON.stringify({ gateway: [jwk] }),
    });
    expect(config).toMatchObject({ HEALTH_PORT: 0, LOG_LEVEL: 'info', LATCHKEY_TRUSTED_KEYS: { gateway: [jwk] } });
    expect(config.LATCHKEY_INSTANCE).toContain(String(process.pid));
  });
});

describe('the reference', () => {
  it('tells what is required, what is assumed, and what is secret', () => {
    expect(configReference(schema)).toEqual([
      { name: 'ENCRYPTION_KEY', description: 'the key of keys', secret: true, required: true, example: '64 hex digits' },
      { name: 'PORT', description: 'where to listen', secret: false, required: false, defaultValue: '8080' },
      { name: 'MODE', description: 'which venues', secret: false, required: true, example: 'simulator' },
      { name: 'JWKS', description: 'keys as JSON', secret: true, required: false },
      { name: 'NOTE', description: 'a | b', secret: false, required: false },
    ]);
  });

  it('is the same on every machine', () => {
    const instance = configReference(z.object(baseConfig)).find(({ name }) => name === 'LATCHKEY_INSTANCE');
    expect(instance).toMatchObject({ required: false });
    expect(instance).not.toHaveProperty('defaultValue');
  });

  it('describes every shared variable', () => {
    expect(configReference(z.object(baseConfig)).filter(({ description }) => description === '')).toEqual([]);
  });

  it('is Markdown that a pipe in a description does not break', () => {
    const text = configMarkdown([{ title: 'gateway', intro: 'Beside the shared ones.', rows: configReference(schema) }]);
    expect(text).toContain('| `PORT` | `8080` | where to listen |');
    expect(text).toContain('| `ENCRYPTION_KEY` | required | the key of keys (secret) e.g. `64 hex digits` |');
    expect(text).toContain(String.raw`a \| b`);
  });

  it('is an .env file whose required variables wait to be filled in, secrets without a value', () => {
    const text = envExample([{ title: 'gateway', rows: configReference(schema) }]);
    expect(text).toContain('# the key of keys. Secret. Required.\nENCRYPTION_KEY=\n');
    expect(text).toContain('# where to listen.\n# PORT=8080\n');
    expect(text).toContain('# which venues. Required.\nMODE=simulator\n');
  });
});
