import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readStackFile, repositoryRoot, type StackDescription } from '@latchkey/local-stack';
import { importJWK, SignJWT, type JWK } from 'jose';
import { Client } from 'pg';
import { json, until } from './http.js';

export type Stack = {
  readonly home: string;
  readonly description: () => StackDescription;
  readonly simulator: { readonly binance: string; readonly control: string };
  readonly tokenOf: (user: string) => Promise<string>;
  /** The cluster's superuser, for counting; a floor makes its own connections. */
  readonly admin: Client;
  readonly stop: () => Promise<void>;
};

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });

const issuer =
  (home: string) =>
  async (user: string): Promise<string> => {
    const jwk = JSON.parse(readFileSync(join(home, 'keys/token-issuer.jwk.json'), 'utf8')) as JWK;
    return new SignJWT({ roles: ['user'] })
      .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', ...(jwk.kid === undefined ? {} : { kid: jwk.kid }) })
      .setIssuer('latchkey-embedded')
      .setAudience('latchkey')
      .setSubject(user)
      .setIssuedAt()
      .setExpirationTime('2h')
      .sign(await importJWK(jwk, 'EdDSA'));
  };

const adminOf = async ({ postgres }: StackDescription): Promise<Client> => {
  const client = new Client({ connectionString: postgres.admin });
  client.on('error', () => undefined); // the server is restarted once, below
  await client.connect();
  return client;
};

/** Statements are counted by the server itself, which wants a restart for it. */
const withStatementCounts = async (description: () => StackDescription): Promise<Client> => {
  const first = await adminOf(description());
  await first.query("alter system set shared_preload_libraries = 'pg_stat_statements'");
  const { pid } = description().postgres;
  await first.end();
  process.kill(pid, 'SIGINT');
  await until(() => description().postgres.pid !== pid && description());
  const admin = await until(() => adminOf(description()).catch(() => undefined));
  await admin.query('create extension pg_stat_statements');
  return admin;
};

/** What is measured is how fast things go, not how much of it is allowed, by our vault or by the venue; the limits are counted all the same. */
const noRates = {
  SIMULATOR_LIMITS: 'off',
  CREDENTIAL_SIGNATURE_BURST: '1000000',
  CREDENTIAL_SIGNATURES_PER_SECOND: '1000000',
  INSTANCE_SIGNATURE_BURST: '1000000',
  INSTANCE_SIGNATURES_PER_SECOND: '1000000',
};

/** A whole stack of its own, as `npm start` runs it, with everything durable. */
export const startStack = async (): Promise<Stack> => {
  const home = mkdtempSync(join(tmpdir(), 'latchkey-bench-'));
  const file = join(home, 'stack.json');
  const supervisor = spawn(process.execPath, [join(repositoryRoot, 'packages/local-stack/dist/main.js')], {
    cwd: repositoryRoot,
    env: { ...process.env, LATCHKEY_HOME: home, PORT: String(await freePort()), RATE_LIMIT_SCALE: '1000', ...noRates },
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = new Promise<void>((resolve) => {
    supervisor.once('exit', () => resolve());
  });
  const description = (): StackDescription => readStackFile(file);
  let admin: Client | undefined;
  const stop = async (): Promise<void> => {
    await admin?.end().catch(() => undefined);
    if (supervisor.connected) supervisor.send('stop');
    await ended;
    rmSync(home, { recursive: true, force: true });
  };
  try {
    await until(() => existsSync(file), 120_000);
    admin = await withStatementCounts(description);
    await until(
      () =>
        json<{ status: string }>(`${description().gateway.url}/health/ready`).then(
          ({ status }) => status === 'ok',
          () => false as const,
        ),
      60_000,
    );
    const { simulator } = description();
    if (simulator === null) throw new TypeError('the benchmarks trade on simulated venues only');
    return { home, description, simulator, tokenOf: issuer(home), admin, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};
