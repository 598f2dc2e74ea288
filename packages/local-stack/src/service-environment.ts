import { delimiter } from 'node:path';
import type { ServiceName } from '@latchkey/contracts';
import type { StackKeys } from './keys.js';
import type { StackSettings } from './settings.js';

export type ServiceEnvironmentOptions = {
  readonly service: ServiceName;
  readonly settings: StackSettings;
  readonly keys: StackKeys;
  readonly natsUrl: string;
  readonly databaseUrl: string;
  readonly healthPort: number;
  readonly simulator: { readonly binance: string; readonly bybit: string } | undefined;
  /** Our own environment: what an operator set for a service reaches it. */
  readonly inherited: NodeJS.ProcessEnv;
};

const passedOn = ['TZ', 'LANG', 'NODE_EXTRA_CA_CERTS'];

// Telemetry's standard variables, except the one that would give all services one name.
const isTelemetry = (name: string): boolean => name.startsWith('OTEL_') && name !== 'OTEL_SERVICE_NAME';

/** An operator's keys go through to the one process that may hold them; ours are handed over as a file that only that process opens. */
const masterKeys = (keys: StackKeys, inherited: NodeJS.ProcessEnv): Record<string, string | undefined> => {
  const names = [
    'ENCRYPTION_KEY',
    'ENCRYPTION_KEY_FILE',
    'ENCRYPTION_KEY_PREVIOUS',
    'ENCRYPTION_KEY_PREVIOUS_FILE',
    'ENCRYPTION_KEYRING_FILE',
    'LEGACY_ENCRYPTION_KEY',
    'LEGACY_ENCRYPTION_KEY_FILE',
  ];
  const given = Object.fromEntries(names.map((name) => [name, inherited[name]]));
  const writes = ['ENCRYPTION_KEY', 'ENCRYPTION_KEY_FILE', 'ENCRYPTION_KEYRING_FILE'].some((name) => given[name] !== undefined);
  if (writes) return given;
  if (keys.keyringFile !== undefined) return { ...given, ENCRYPTION_KEYRING_FILE: keys.keyringFile };
  return { ...given, ENCRYPTION_KEY_FILE: keys.encryptionKeyFile };
};

/** What an operator allows the vault to sign. */
const signingLimits = (inherited: NodeJS.ProcessEnv): Record<string, string | undefined> => ({
  CREDENTIAL_SIGNATURE_BURST: inherited['CREDENTIAL_SIGNATURE_BURST'],
  CREDENTIAL_SIGNATURES_PER_SECOND: inherited['CREDENTIAL_SIGNATURES_PER_SECOND'],
  INSTANCE_SIGNATURE_BURST: inherited['INSTANCE_SIGNATURE_BURST'],
  INSTANCE_SIGNATURES_PER_SECOND: inherited['INSTANCE_SIGNATURES_PER_SECOND'],
});

const own = ({
  service,
  settings,
  keys,
  simulator,
  inherited,
}: ServiceEnvironmentOptions): Record<string, string | undefined> => {
  switch (service) {
    case 'key-vault':
      return {
        ...masterKeys(keys, inherited),
        ...signingLimits(inherited),
        VERIFICATIONS_PER_MINUTE: inherited['VERIFICATIONS_PER_MINUTE'],
      };
    case 'gateway':
      return {
        PORT: String(settings.PORT),
        PUBLIC_URL: inherited['PUBLIC_URL'] ?? `http://localhost:${settings.PORT}`,
        JWT_ISSUER: inherited['JWT_ISSUER'] ?? 'latchkey-embedded',
        JWT_AUDIENCE: inherited['JWT_AUDIENCE'] ?? 'latchkey',
        JWKS_URL: inherited['JWKS_URL'],
        ...(inherited['JWKS_URL'] === undefined ? { JWKS_FILE: keys.jwksFile } : {}),
        JWT_ROLES_CLAIM: inherited['JWT_ROLES_CLAIM'],
        JWT_MAX_LIFETIME_SECONDS: inherited['JWT_MAX_LIFETIME_SECONDS'],
        TRUSTED_PROXIES: inherited['TRUSTED_PROXIES'],
        REQUIRE_HTTPS: inherited['REQUIRE_HTTPS'],
        EGRESS_ADDRESSES: inherited['EGRESS_ADDRESSES'],
        RATE_LIMIT_SCALE: inherited['RATE_LIMIT_SCALE'],
      };
    case 'trade-executor':
      return {
        LATCHKEY_VENUES: settings.LATCHKEY_VENUES,
        VENUE_BINANCE_URL: simulator?.binance,
        VENUE_BYBIT_URL: simulator?.bybit,
        // A simulated venue that limits nobody is not spared either.
        VENUE_LIMITS: inherited['VENUE_LIMITS'] ?? (simulator && inherited['SIMULATOR_LIMITS'] === 'off' ? 'off' : undefined),
        EGRESS_ADDRESSES: inherited['EGRESS_ADDRESSES'],
        EGRESS_ROUTES: inherited['EGRESS_ROUTES'],
        MAX_SIGNAL_AGE_SECONDS: inherited['MAX_SIGNAL_AGE_SECONDS'],
        MAX_EXIT_AGE_SECONDS: inherited['MAX_EXIT_AGE_SECONDS'],
        LATE_EXITS: inherited['LATE_EXITS'],
      };
    case 'audit':
      return {};
  }
};

/** The whole environment of one service: nothing of ours leaks in that is not named here. */
export const serviceEnvironment = (options: ServiceEnvironmentOptions): Record<string, string> => {
  const { service, settings, keys, natsUrl, databaseUrl, healthPort, inherited } = options;
  const all: Record<string, string | undefined> = {
    ...Object.fromEntries(passedOn.map((name) => [name, inherited[name]])),
    ...Object.fromEntries(Object.entries(inherited).filter(([name]) => isTelemetry(name))),
    PATH: (inherited['PATH'] ?? '')
      .split(delimiter)
      .filter((folder) => !folder.includes('node_modules'))
      .join(delimiter),
    DATABASE_URL: databaseUrl,
    NATS_URL: natsUrl,
    LATCHKEY_NKEY_SEED_FILE: keys.nats[service].seedFile,
    LATCHKEY_MESSAGE_KEY_FILE: keys.messageKeyFiles[service],
    LATCHKEY_TRUSTED_KEYS_FILE: keys.trustedKeysFile,
    HEALTH_PORT: String(healthPort),
    LOG_LEVEL: settings.LOG_LEVEL,
    ...own(options),
  };
  return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined));
};
