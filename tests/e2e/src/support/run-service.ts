import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { freePort, repositoryRoot, type Stack } from './stack.js';

export type ServiceName = 'gateway' | 'key-vault' | 'trade-executor' | 'audit';
/** Variables that are other than they should be; `undefined` leaves one out. */
export type Wrong = Readonly<Record<string, string | undefined>>;

/** What the supervisor gives a service, so that one thing at a time can be wrong. */
export const environmentOf = async (stack: Stack, service: ServiceName): Promise<Record<string, string>> => {
  const { postgres, nats, simulator } = stack.description();
  const keys = join(stack.home, 'keys');
  return {
    PATH: process.env['PATH'] ?? '',
    DATABASE_URL: postgres.databases[service] as string,
    NATS_URL: nats.url,
    LATCHKEY_NKEY_SEED_FILE: nats.users[service]?.seedFile as string,
    LATCHKEY_MESSAGE_KEY_FILE: join(keys, `message-${service}.jwk.json`),
    LATCHKEY_TRUSTED_KEYS_FILE: join(keys, 'trusted-message-keys.json'),
    HEALTH_PORT: '0',
    ...(service === 'key-vault' ? { ENCRYPTION_KEY_FILE: join(keys, 'encryption-key') } : {}),
    ...(service === 'trade-executor'
      ? { LATCHKEY_VENUES: 'simulator', VENUE_BINANCE_URL: simulator.binance, VENUE_BYBIT_URL: simulator.bybit }
      : {}),
    ...(service === 'gateway'
      ? { PORT: String(await freePort()), JWT_ISSUER: 'latchkey-embedded', JWKS_FILE: join(keys, 'token-issuer.jwks.json') }
      : {}),
  };
};

/** Starts one more of a service, which is expected to end by itself. */
export const runService = async (stack: Stack, service: ServiceName, wrong: Wrong) => {
  const env = Object.fromEntries(
    Object.entries({ ...(await environmentOf(stack, service)), ...wrong }).filter((entry) => entry[1] !== undefined),
  );
  const child = spawn(process.execPath, [join(repositoryRoot, `services/${service}/dist/main.js`)], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      const late = setTimeout(() => reject(new TypeError(`${service} went on:\n${stdout}${stderr}`)), 60_000);
      child.once('close', (exit) => {
        clearTimeout(late);
        resolve(exit);
      });
    });
    return { code, stdout, stderr };
  } finally {
    child.kill('SIGKILL');
  }
};
