import { loadConfig } from '@latchkey/service-kit';
import { describe, expect, it } from 'vitest';
import { keyVaultConfig } from './config.js';
import { olderKey } from './testing/older-service.js';

const coordinate = 'A'.repeat(43);
const masterKey = '00112233445566778899aabbccddeeff0123456789abcdeffedcba9876543210';
const environment = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  DATABASE_URL: 'postgres://vault:word@127.0.0.1:5432/key_vault',
  NATS_URL: 'nats://127.0.0.1:4222',
  LATCHKEY_NKEY_SEED: `SU${'A'.repeat(56)}`,
  LATCHKEY_MESSAGE_KEY: JSON.stringify({ kty: 'OKP', crv: 'Ed25519', x: coordinate, d: coordinate }),
  LATCHKEY_TRUSTED_KEYS: JSON.stringify({ gateway: [{ kty: 'OKP', crv: 'Ed25519', x: coordinate }] }),
  ENCRYPTION_KEY: masterKey,
  ...more,
});
const refusalOf = (more: NodeJS.ProcessEnv): string => {
  try {
    loadConfig(keyVaultConfig, environment(more));
    return 'taken';
  } catch (error) {
    return String(error);
  }
};

describe("the older service's key", () => {
  it('is not needed', () => {
    expect(loadConfig(keyVaultConfig, environment()).LEGACY_ENCRYPTION_KEY).toBeUndefined();
  });

  it('is kept as the text that it was: some services made their key of that', () => {
    const { LEGACY_ENCRYPTION_KEY } = loadConfig(keyVaultConfig, environment({ LEGACY_ENCRYPTION_KEY: olderKey }));
    expect(LEGACY_ENCRYPTION_KEY?.toString('latin1')).toBe(olderKey);
  });

  it.each([
    ['too short', 'abc'],
    ['not of hex digits', 'z'.repeat(64)],
  ])('is refused when it is %s, and not quoted', (_what, key) => {
    const said = refusalOf({ LEGACY_ENCRYPTION_KEY: key });
    expect(said).toContain('LEGACY_ENCRYPTION_KEY is not usable: must be');
    expect(said).not.toContain(`"${key}"`);
  });

  it.each([
    ['ENCRYPTION_KEY', {}],
    ['ENCRYPTION_KEY_PREVIOUS', { ENCRYPTION_KEY: olderKey, ENCRYPTION_KEY_PREVIOUS: masterKey }],
  ])('is never %s of the vault as well', (_name, more) => {
    for (const key of [masterKey, masterKey.toUpperCase()]) {
      const said = refusalOf({ ...more, LEGACY_ENCRYPTION_KEY: key });
      expect(said).toContain('LEGACY_ENCRYPTION_KEY is not usable: must not be a master key of this vault as well');
      expect(said).not.toContain(key);
    }
  });
});
