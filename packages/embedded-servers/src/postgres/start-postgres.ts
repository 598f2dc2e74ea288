import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { Client, DatabaseError, escapeLiteral } from 'pg';
import { EmbeddedServersError } from '../errors.js';
import { freePort } from '../free-port.js';
import type { OrphanPolicy } from '../orphans.js';
import { exitOrKill, spawnServer, type Exit, type LogSink, type ServerProcess } from '../server-process.js';
import { findPostgresBinaries } from './binaries.js';
import { ensureCluster, newPassword, passwordFile } from './cluster.js';
import { clearPostmasterPid, isListening } from './postmaster-pid.js';
import { chooseRunAs, commandAs } from './run-as.js';
import { scramVerifier } from './scram.js';
import { postgresArguments, type ServerSettingsOptions } from './server-settings.js';

/** `smart` waits for clients, `fast` ends their sessions (the usual one), `immediate` is a crash that cleans up its processes. */
export type StopMode = 'smart' | 'fast' | 'immediate';

export type StartPostgresOptions = ServerSettingsOptions & {
  /** The cluster's folder; made when it is not there. Absolute. */
  readonly dataDir: string;
  /** A free one when not given. */
  readonly port?: number;
  /** Becomes the password of the superuser `postgres`. Without it the one in the data folder stays, or a new one is made with the cluster. */
  readonly superuserPassword?: string;
  readonly log?: LogSink;
  /** Where a ready-made cluster is kept to be copied; without it every new cluster runs `initdb`. */
  readonly templateCacheDir?: string;
  /** A Postgres that a killed stack left on this data. `refuse` unless you know that nobody else uses it. */
  readonly orphan?: OrphanPolicy;
  /** A folder to delete when the process that started this server is gone, which then ends without a checkpoint: for specs only. */
  readonly removeDirWithParent?: string;
  /** As root: `user` does without user namespaces. */
  readonly rootAs?: 'namespace' | 'user';
  /** Recovery after a crash counts too. 60 s. */
  readonly startTimeoutMs?: number;
};

/** A Postgres that accepts connections on 127.0.0.1. It ends when this process does, however this process ends. */
export type RunningPostgres = {
  readonly port: number;
  /** The superuser's URL, with the password. */
  readonly adminUrl: string;
  readonly pid: number;
  /** Settles when the server has ended, also by itself. */
  readonly exited: Promise<Exit>;
  /** Default `fast`. Kills after 30 s. Does nothing when it has ended. */
  readonly stop: (mode?: StopMode) => Promise<void>;
  /** `kill -9` of the postmaster: what a crash looks like. */
  readonly kill: () => Promise<void>;
};

const stopSignals = { smart: 'SIGTERM', fast: 'SIGINT', immediate: 'SIGQUIT' } as const satisfies Record<
  StopMode,
  NodeJS.Signals
>;
const stopTimeoutMs = 30_000;
const pollMs = 25;

const serverArguments = (port: number, { durability, settings }: StartPostgresOptions): readonly string[] =>
  postgresArguments({
    ...(durability === undefined ? {} : { durability }),
    settings: { listen_addresses: '127.0.0.1', unix_socket_directories: '', port, ...settings },
  });

const urlOf = (port: number, password: string) =>
  `postgres://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`;

/** One try at connecting. `later`: the server is not ready; `password`: it is, and refused this one. */
const tryConnect = async (url: string): Promise<'connected' | 'later' | 'password'> => {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined); // a server that goes away again is seen by the caller's own checks
  try {
    await client.connect();
    await client.query('SELECT 1');
    return 'connected';
  } catch (error) {
    return error instanceof DatabaseError && error.code === '28P01' ? 'password' : 'later';
  } finally {
    await client.end().catch(() => undefined);
  }
};

const readPassword = (path: string) => readFile(path, 'utf8').catch(() => undefined);

/**
 * Waits until the server takes one of the passwords. Connects only once our own server says in its folder that it listens: on a port that is
 * taken, somebody else's Postgres would answer, and refuse a password that is none of its business.
 *
 * @returns that password, or why it will not
 */
const waitUntilReady = async (
  server: ServerProcess,
  dataDir: string,
  port: number,
  passwords: readonly string[],
  timeoutMs: number,
) => {
  const deadline = Date.now() + timeoutMs;
  while (!server.hasExited() && Date.now() < deadline) {
    if (await isListening(dataDir, server.pid)) {
      let refused = 0;
      for (const password of passwords) {
        const outcome = await tryConnect(urlOf(port, password));
        if (outcome === 'connected') return { password };
        if (outcome === 'later') break;
        refused += 1;
      }
      if (refused === passwords.length) return { failure: 'password' as const };
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  return { failure: server.hasExited() ? ('exited' as const) : ('timeout' as const) };
};

/** Changes the superuser's password so that a crash at any point leaves one of the two known files with the one that works. */
const changePassword = async (dataDir: string, port: number, from: string, to: string) => {
  const file = passwordFile(dataDir);
  await writeFile(`${file}.next`, to, { mode: 0o600 });
  if (from !== to) {
    const client = new Client({ connectionString: urlOf(port, from) });
    await client.connect();
    try {
      await client.query(`ALTER ROLE postgres PASSWORD ${escapeLiteral(scramVerifier(to))}`);
    } finally {
      await client.end();
    }
  }
  await rename(`${file}.next`, file);
};

/** What the server said, as the reason for what we do next. */
const diagnose = (lines: readonly string[]) => {
  const all = lines.join('\n');
  if (/could not bind|Address already in use|could not create any TCP/i.test(all)) return 'port' as const;
  if (/pre-existing shared memory block|lock file .* already exists|is another postmaster/i.test(all))
    return 'predecessor' as const;
  return 'other' as const;
};

const failed = (server: ServerProcess, port: number, dataDir: string, reason: 'port' | 'password' | 'exited' | 'timeout') => {
  const tail = server.tail();
  const lastWords = tail.slice(-3).join(' / ');
  if (reason === 'port')
    return new EmbeddedServersError(
      'embedded.postgres_port_in_use',
      `port ${port} is in use: stop what listens there or choose another.`,
      { port },
    );
  if (reason === 'password')
    return new EmbeddedServersError(
      'embedded.postgres_password_rejected',
      `Postgres on "${dataDir}" refuses the superuser's password: it was changed by hand. Put the right one into "${passwordFile(dataDir)}".`,
      { dataDir },
    );
  return new EmbeddedServersError(
    'embedded.postgres_did_not_start',
    `Postgres on "${dataDir}" ${reason === 'timeout' ? 'did not accept connections in time' : 'ended while starting'}: ${lastWords || 'it said nothing'}. ` +
      'See its log; free disk space and the permissions of the data folder are the usual reasons.',
    { dataDir, port, log: tail },
  );
};

/**
 * Starts Postgres on a data folder, makes the cluster first if there is none, and waits until it takes connections.
 *
 * @throws {EmbeddedServersError} `embedded.postgres_*`; nothing is left running
 */
export const startPostgres = async (options: StartPostgresOptions): Promise<RunningPostgres> => {
  const { dataDir, durability = 'full', startTimeoutMs = 60_000 } = options;
  const note = typeof options.log === 'function' ? options.log : () => undefined;
  const binaries = await findPostgresBinaries();
  const as = await chooseRunAs(dataDir, options.rootAs);
  const { templateCacheDir } = options;
  const fresh = await ensureCluster({ binaries, dataDir, as, templateCacheDir, durable: durability === 'full' });
  await clearPostmasterPid(dataDir, options.orphan ?? 'refuse', note);

  const stored = await readPassword(passwordFile(dataDir));
  const next = await readPassword(`${passwordFile(dataDir)}.next`);
  const wanted = options.superuserPassword ?? (fresh ? newPassword() : (stored ?? newPassword()));
  const candidates = [...new Set([stored, next, wanted].filter((password) => password !== undefined))];

  const deadline = Date.now() + startTimeoutMs;
  for (;;) {
    const port = options.port ?? (await freePort());
    const settings = serverArguments(port, options);
    const server = await spawnServer({
      ...commandAs(as, binaries.postgres, ['-D', dataDir, ...settings]),
      env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' },
      cwd: '/',
      log: options.log,
      failureCode: 'embedded.postgres_did_not_start',
      guard: {
        signal: options.removeDirWithParent === undefined ? 'INT' : 'QUIT',
        graceMs: options.removeDirWithParent === undefined ? 20_000 : 2_000,
        removeDir: options.removeDirWithParent,
      },
    });
    const ready = await waitUntilReady(server, dataDir, port, candidates, Math.max(1, deadline - Date.now()));
    if ('password' in ready) {
      try {
        if (stored !== wanted || ready.password !== wanted) await changePassword(dataDir, port, ready.password, wanted);
      } catch (error) {
        server.signal('SIGINT');
        await exitOrKill(server, stopTimeoutMs);
        throw error;
      }
      await rm(`${passwordFile(dataDir)}.next`, { force: true });
      return running(server, port, wanted);
    }

    if (ready.failure !== 'exited') server.signal('SIGQUIT');
    await exitOrKill(server, stopTimeoutMs);
    const reason = ready.failure === 'exited' ? diagnose(server.tail()) : 'other';
    const again = (reason === 'port' && options.port === undefined) || reason === 'predecessor';
    if (!again || Date.now() >= deadline) throw failed(server, port, dataDir, reason === 'port' ? 'port' : ready.failure);
    // The last processes of a killed postmaster need a moment to notice and let go of the shared memory.
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
};

const running = (server: ServerProcess, port: number, password: string): RunningPostgres => ({
  port,
  pid: server.pid,
  adminUrl: urlOf(port, password),
  exited: server.exited,
  stop: async (mode = 'fast') => {
    if (server.hasExited()) return;
    server.signal(stopSignals[mode]);
    await exitOrKill(server, stopTimeoutMs);
  },
  kill: async () => {
    server.signal('SIGKILL');
    await server.exited;
  },
});
