import { natsIdentities, serviceNames, type ServiceName } from '@latchkey/contracts';
import { describe, expect, it } from 'vitest';
import type { StackKeys } from './keys.js';
import { serviceEnvironment } from './service-environment.js';

const each = <V>(value: (name: string) => V) => Object.fromEntries(natsIdentities.map((name) => [name, value(name)]));
const keys = {
  encryptionKeyFile: '/k/encryption-key',
  nats: each((name) => ({ seedFile: `/k/${name}.nk`, publicKey: 'U…' })),
  messageKeyFiles: each((name) => `/k/${name}.jwk.json`),
  trustedKeysFile: '/k/trusted.json',
  jwksFile: '/k/jwks.json',
} as unknown as StackKeys;

const environmentOf = (service: ServiceName, inherited: NodeJS.ProcessEnv = {}, more: Partial<StackKeys> = {}) =>
  serviceEnvironment({
    service,
    keys: { ...keys, ...more },
    inherited,
    settings: { PORT: 8080, LATCHKEY_VENUES: 'simulator', LOG_LEVEL: 'info' },
    natsUrl: 'nats://127.0.0.1:4222',
    databaseUrl: `postgres://${service}`,
    healthPort: 1,
    simulator: { binance: 'http://127.0.0.1:2', bybit: 'http://127.0.0.1:3' },
  });
const mentions = (environment: Readonly<Record<string, string>>, text: string) => JSON.stringify(environment).includes(text);

describe("a service's environment", () => {
  it('gives the encryption key, ours or an operator’s, to the vault alone', () => {
    for (const inherited of [{}, { ENCRYPTION_KEY: 'operators-own-key', ENCRYPTION_KEY_PREVIOUS: 'operators-old-key' }]) {
      for (const service of serviceNames) {
        const environment = environmentOf(service, inherited);
        const expected = service === 'key-vault';
        expect(mentions(environment, 'ENCRYPTION_KEY')).toBe(expected);
        expect(mentions(environment, 'operators-') || mentions(environment, '/k/encryption-key')).toBe(expected);
      }
    }
  });

  it('names the keys in one place: an operator’s before the keyring in our folder, and that before the key in it', () => {
    const placesOf = (inherited: NodeJS.ProcessEnv, keyringFile?: string) =>
      Object.keys(environmentOf('key-vault', inherited, { keyringFile })).filter((name) => name.startsWith('ENCRYPTION_KEY'));
    expect(placesOf({})).toEqual(['ENCRYPTION_KEY_FILE']);
    expect(placesOf({}, '/k/encryption-keyring')).toEqual(['ENCRYPTION_KEYRING_FILE']);
    expect(placesOf({ ENCRYPTION_KEYRING_FILE: '/own' }, '/k/encryption-keyring')).toEqual(['ENCRYPTION_KEYRING_FILE']);
    expect(placesOf({ ENCRYPTION_KEY: 'x' }, '/k/encryption-keyring')).toEqual(['ENCRYPTION_KEY']);
  });

  // Left out quietly, each of these would leave the gateway open, or the vault without the key of its older secrets.
  it.each<[ServiceName, string]>([
    ['gateway', 'REQUIRE_HTTPS'],
    ['gateway', 'TRUSTED_PROXIES'],
    ['gateway', 'JWT_ROLES_CLAIM'],
    ['gateway', 'JWT_MAX_LIFETIME_SECONDS'],
    ['key-vault', 'ENCRYPTION_KEY_PREVIOUS'],
    ['key-vault', 'ENCRYPTION_KEY_PREVIOUS_FILE'],
    ['key-vault', 'VERIFICATIONS_PER_MINUTE'],
    ['key-vault', 'LEGACY_ENCRYPTION_KEY'],
    ['key-vault', 'LEGACY_ENCRYPTION_KEY_FILE'],
    ['key-vault', 'ENCRYPTION_KEYRING_FILE'],
  ])('lets an operator tell the %s its %s, and nobody else', (service, name) => {
    for (const other of serviceNames)
      expect(environmentOf(other, { [name]: 'operators-own' })[name]).toBe(other === service ? 'operators-own' : undefined);
  });

  it('holds no seed, message key or database of another service', () => {
    for (const service of serviceNames) {
      for (const other of serviceNames.filter((name) => name !== service)) {
        const environment = environmentOf(service);
        for (const text of [`/k/${other}.nk`, `/k/${other}.jwk.json`, `postgres://${other}`])
          expect(mentions(environment, text)).toBe(false);
      }
    }
  });

  it('passes nothing on that is not named', () => {
    expect(mentions(environmentOf('gateway', { AWS_SECRET_ACCESS_KEY: 'x', NODE_OPTIONS: '--inspect' }), 'inspect')).toBe(false);
    expect(environmentOf('gateway', { AWS_SECRET_ACCESS_KEY: 'x' })).not.toHaveProperty('AWS_SECRET_ACCESS_KEY');
  });

  it('passes telemetry’s standard variables on, but no name that all services would share', () => {
    const inherited = {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318',
      OTEL_TRACES_SAMPLER: 'always_off',
      OTEL_SERVICE_NAME: 'mine',
    };
    const { OTEL_SERVICE_NAME: _, ...passed } = inherited;
    for (const service of serviceNames) {
      expect(environmentOf(service, inherited)).toMatchObject(passed);
      expect(environmentOf(service, inherited)).not.toHaveProperty('OTEL_SERVICE_NAME');
    }
  });

  it('tells only the executor where the simulated venues are', () => {
    for (const service of serviceNames)
      expect(mentions(environmentOf(service), '127.0.0.1:2')).toBe(service === 'trade-executor');
  });
});
