import { mkdir } from 'node:fs/promises';
import { get } from 'node:http';
import { EmbeddedServersError } from '../errors.js';
import { freePort } from '../free-port.js';
import type { OrphanPolicy } from '../orphans.js';
import { exitOrKill, spawnServer, type Exit, type LogSink, type ServerProcess } from '../server-process.js';
import { clearStoreOwner, pidFileOf } from './store-owner.js';

export type StartNatsOptions = {
  /** The program: see `findNatsServer`. */
  readonly bin: string;
  /** e.g. `infra/nats/nats-server.conf`; listen address, ports and store are set from here, everything else is the file's. */
  readonly configFile: string;
  /** JetStream's files; made when not there. */
  readonly storeDir: string;
  /** A free one when not given. */
  readonly port?: number;
  /** Of the monitoring HTTP server; a free one when not given. */
  readonly monitorPort?: number;
  /** What the config reads from its environment: `LATCHKEY_NKEY_<NAME>`. Nothing else of ours is passed on. */
  readonly env?: Readonly<Record<string, string>>;
  readonly log?: LogSink;
  /** A nats-server that a killed stack left on this store. `refuse` unless you know that nobody else uses it. */
  readonly orphan?: OrphanPolicy;
  /** A folder to delete when the process that started this server is gone: for specs only. */
  readonly removeDirWithParent?: string;
  /** Recovering a large store counts too. 60 s. */
  readonly startTimeoutMs?: number;
};

/** A nats-server that accepts connections on 127.0.0.1. It ends when this process does, however this process ends. */
export type RunningNats = {
  readonly port: number;
  readonly url: string;
  readonly monitorPort: number;
  readonly monitorUrl: string;
  readonly pid: number;
  /** Settles when the server has ended, also by itself. */
  readonly exited: Promise<Exit>;
  /** Kills after 10 s. Does nothing when it has ended. */
  readonly stop: () => Promise<void>;
  /** `kill -9`. */
  readonly kill: () => Promise<void>;
  /** Sends any signal, e.g. SIGSTOP to freeze it or SIGHUP to read its config again. */
  readonly signal: (signal: NodeJS.Signals) => void;
};

const stopTimeoutMs = 10_000;
const pollMs = 20;

/** Plain `node:http`: `fetch` may be told to use a proxy, which cannot see our loopback. */
const isHealthy = (monitorUrl: string): Promise<boolean> =>
  new Promise((resolve) => {
    const request = get(`${monitorUrl}/healthz`, { timeout: 2_000 }, (response) => {
      response.resume();
      response.on('close', () => resolve(response.statusCode === 200));
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
  });

const waitUntilHealthy = async (server: ServerProcess, monitorUrl: string, deadline: number) => {
  while (!server.hasExited() && Date.now() < deadline) {
    // Another server might answer on that port while ours is failing to bind it.
    if ((await isHealthy(monitorUrl)) && !server.hasExited()) return true;
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  return false;
};

const didNotStart = (server: ServerProcess, configFile: string, ports: readonly number[], portInUse: boolean) => {
  const tail = server.tail();
  if (portInUse)
    return new EmbeddedServersError(
      'embedded.nats_port_in_use',
      `a port of ${ports.join(', ')} is in use: stop what listens there or choose another.`,
      { ports },
    );
  return new EmbeddedServersError(
    'embedded.nats_did_not_start',
    `nats-server with "${configFile}" did not become ready: ${tail.slice(-3).join(' / ') || 'it said nothing'}. ` +
      'A variable that the config names and nobody set, and a store folder that cannot be written are the usual reasons.',
    { configFile, log: tail },
  );
};

/**
 * Starts a nats-server and waits until JetStream is ready.
 *
 * @throws {EmbeddedServersError} `embedded.nats_*`; nothing is left running
 */
export const startNats = async (options: StartNatsOptions): Promise<RunningNats> => {
  const { bin, configFile, storeDir, startTimeoutMs = 60_000 } = options;
  await mkdir(storeDir, { recursive: true, mode: 0o700 });
  await clearStoreOwner(storeDir, options.orphan ?? 'refuse');
  const deadline = Date.now() + startTimeoutMs;
  for (;;) {
    const port = options.port ?? (await freePort());
    const monitorPort = options.monitorPort ?? (await freePort());
    const monitorUrl = `http://127.0.0.1:${monitorPort}`;
    const server = await spawnServer({
      command: bin,
      args: [
        '-c',
        configFile,
        '-a',
        '127.0.0.1',
        '-p',
        String(port),
        '-m',
        String(monitorPort),
        '-sd',
        storeDir,
        '-P',
        pidFileOf(storeDir),
      ],
      env: { PATH: process.env['PATH'], TZ: 'UTC', ...options.env },
      cwd: '/',
      log: options.log,
      failureCode: 'embedded.nats_did_not_start',
      guard: { signal: 'TERM', graceMs: 5_000, removeDir: options.removeDirWithParent },
    });
    if (await waitUntilHealthy(server, monitorUrl, deadline)) return running(server, port, monitorPort, monitorUrl);

    server.signal('SIGTERM');
    await exitOrKill(server, stopTimeoutMs);
    const portInUse = server.tail().some((line) => line.includes('address already in use'));
    const mayChoose = options.port === undefined && options.monitorPort === undefined;
    if (!(portInUse && mayChoose) || Date.now() >= deadline)
      throw didNotStart(server, configFile, [port, monitorPort], portInUse);
  }
};

const running = (server: ServerProcess, port: number, monitorPort: number, monitorUrl: string): RunningNats => ({
  port,
  url: `nats://127.0.0.1:${port}`,
  monitorPort,
  monitorUrl,
  pid: server.pid,
  exited: server.exited,
  stop: async () => {
    if (server.hasExited()) return;
    server.signal('SIGTERM');
    await exitOrKill(server, stopTimeoutMs);
  },
  kill: async () => {
    server.signal('SIGKILL');
    await server.exited;
  },
  signal: server.signal,
});
