import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from '@latchkey/testkit';
import { environmentOf } from '../run-service.js';
import { repositoryRoot, type Stack } from '../stack.js';
import { startProxy, type Proxy } from './proxy.js';

export type Arming = {
  readonly id: string;
  readonly moment: string;
  readonly fault: string;
  /** With which pass of the moment it happens. */
  readonly passes: number;
};

/** An executor beside the stack's own, whose lines to NATS and to Postgres can be cut, and which can be armed. */
export type Member = {
  readonly name: string;
  readonly pid: number;
  readonly nats: Proxy;
  readonly postgres: Proxy;
  readonly ended: () => boolean;
  /** Resolves once it knows. */
  readonly arm: (arming: Arming | undefined) => Promise<void>;
  readonly signal: (signal: NodeJS.Signals) => void;
  /** Asks it to stop, as its launcher does. */
  readonly ask: () => void;
  /** Resolves once it answers; rejects when it ended before. */
  readonly ready: () => Promise<unknown>;
  readonly exited: Promise<void>;
  /** Its newest lines, for whoever has to find out why. */
  readonly said: () => string;
};

export type Fleet = {
  /** Where its members leave word. */
  readonly folder: string;
  /** Those that are alive. */
  readonly members: () => readonly Member[];
  readonly add: (count: number) => Promise<void>;
  readonly dispose: () => Promise<void>;
};

const preload = fileURLToPath(new URL('../../../src/support/crash/strike.mjs', import.meta.url));
const script = join(repositoryRoot, 'services/trade-executor/dist/main.js');

const redirected = (url: string, port: number): string => {
  const to = new URL(url);
  to.hostname = '127.0.0.1';
  to.port = String(port);
  return to.href;
};
const proxyTo = (url: string): Promise<Proxy> => {
  const { hostname, port } = new URL(url);
  return startProxy(hostname, Number(port));
};

const messages = (child: ChildProcess) => {
  const said: unknown[] = [];
  child.on('message', (message) => said.push(message));
  return (fits: (message: { readonly type?: string; readonly id?: string }) => boolean) =>
    said.some((message) => fits(message as { type?: string; id?: string }));
};

const startMember = async (stack: Stack, name: string, folder: string): Promise<Member> => {
  const env = await environmentOf(stack, 'trade-executor');
  const [nats, postgres] = await Promise.all([proxyTo(env['NATS_URL'] ?? ''), proxyTo(env['DATABASE_URL'] ?? '')]);
  const logFile = join(folder, `${name}.log`);
  const log = openSync(logFile, 'a');
  const child = spawn(process.execPath, ['--enable-source-maps', '--import', preload, script], {
    env: {
      ...env,
      NATS_URL: `nats://127.0.0.1:${nats.port}`,
      DATABASE_URL: redirected(env['DATABASE_URL'] ?? '', postgres.port),
      LATCHKEY_INSTANCE: name,
      LATCHKEY_SPEC_CRASH_FOLDER: folder,
      NODE_COMPILE_CACHE: join(repositoryRoot, '.latchkey/cache/v8'),
    },
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  const heard = messages(child);
  let ended = false;
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => {
      ended = true;
      void Promise.all([nats.close(), postgres.close()]).then(() => resolve());
    });
  });
  const said = () => readFileSync(logFile, 'utf8').slice(-4_000);
  return {
    name,
    pid: child.pid as number,
    nats,
    postgres,
    ended: () => ended,
    arm: async (cell) => {
      child.send({ type: 'arm', cell });
      await eventually(() => ended || heard(({ type, id }) => type === 'armed' && id === cell?.id));
    },
    signal: (signal) => void (ended || child.kill(signal)),
    ask: () => void (child.connected && child.send('stop')),
    exited,
    said,
    ready: () =>
      eventually(
        () => {
          if (ended) throw new TypeError(`${name} ended while starting:\n${said()}`);
          return heard(({ type }) => type === 'listening');
        },
        { timeoutMs: 90_000 },
      ),
  };
};

/** Executors on a stack that has none of its own any more: `latchkey executors scale 0`. */
export const startFleet = (stack: Stack): Fleet => {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-fleet-'));
  const all: Member[] = [];
  let count = 0;
  const alive = () => all.filter(({ ended }) => !ended());
  return {
    folder,
    members: alive,
    add: async (more) => {
      const names = Array.from({ length: more }, () => `fleet-${(count += 1)}`);
      const started = await Promise.all(names.map((name) => startMember(stack, name, folder)));
      all.push(...started); // also one that will not get ready has to be ended
      await Promise.all(started.map(({ ready }) => ready()));
    },
    dispose: async () => {
      for (const member of alive()) {
        member.signal('SIGKILL');
        await member.exited;
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
