import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { platform } from 'node:process';
import { join } from 'node:path';
import { eventually } from '@latchkey/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { follow, newAlert, post, settledTrade, strategyOf, trader } from './support/people.js';
import { repositoryRoot, startStack, type Stack } from './support/stack.js';

type Probed = {
  readonly results: Readonly<Record<string, string>>;
  readonly broker: string;
  readonly environment: Readonly<Record<string, string>>;
};

const main = join(repositoryRoot, 'services/key-vault/dist/main.js');
const portOf = (url: string): number => Number(new URL(url).port);

type Row = { readonly local: number; readonly remote: number; readonly state: string };
const [established, listening] = ['01', '0A'];
const portIn = (address = ''): number => Number.parseInt(address.split(':')[1] ?? '', 16);

const socketsOf = (pid: number): readonly Row[] => {
  const inodes = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        return []; // closed meanwhile
      }
    }),
  );
  return ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((columns) => inodes.has(columns[9] ?? ''))
      .map(([, local, remote, state = '']) => ({ local: portIn(local), remote: portIn(remote), state })),
  );
};

/** Ports that a process connected to, as the kernel says. What came in stands at a port that it listens on. */
const connectedPorts = (pid: number): readonly number[] => {
  const rows = socketsOf(pid);
  const own = new Set(rows.filter(({ state }) => state === listening).map(({ local }) => local));
  return rows.filter(({ state, local }) => state === established && !own.has(local)).map(({ remote }) => remote);
};

const childrenOf = (pid: number): readonly string[] =>
  readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean),
  );

describe('the key vault of a running stack', () => {
  let stack: Stack;
  let elsewhere: Server;
  const arrivals: Socket[] = [];
  const children: ChildProcess[] = [];

  beforeAll(async () => {
    stack = await startStack();
    elsewhere = createServer((socket) => {
      arrivals.push(socket);
      socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    elsewhere?.close();
    await stack?.dispose();
  });

  const elsewherePort = (): number => (elsewhere.address() as { port: number }).port;
  const environment = (): Record<string, string> => {
    const { postgres, nats } = stack.description();
    const keys = join(stack.home, 'keys');
    return {
      PATH: process.env['PATH'] ?? '',
      DATABASE_URL: postgres.databases['key-vault'] as string,
      NATS_URL: nats.url,
      LATCHKEY_NKEY_SEED: readFileSync(nats.users['key-vault']?.seedFile as string, 'utf8').trim(),
      LATCHKEY_MESSAGE_KEY: readFileSync(join(keys, 'message-key-vault.jwk.json'), 'utf8').trim(),
      LATCHKEY_TRUSTED_KEYS_FILE: join(keys, 'trusted-message-keys.json'),
      ENCRYPTION_KEY: readFileSync(join(keys, 'encryption-key'), 'utf8').trim(),
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=collector-secret',
      HEALTH_PORT: '0',
    };
  };

  /** A second vault beside that of the stack, as replicas are. */
  const vault = (args: readonly string[], more: Readonly<Record<string, string>>) => {
    const child = spawn(process.execPath, ['--disable-sigusr1', ...args, main], {
      env: { ...environment(), ...more },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.push(child);
    const said: string[] = [];
    child.stdout.on('data', (chunk: Buffer) => void said.push(chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => void said.push(chunk.toString()));
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    return { child, ended, said: () => said.join('') };
  };

  it.runIf(platform === 'linux')(
    'has no connection but to its database and its broker while it saves, verifies and signs',
    async () => {
      const { postgres, nats } = stack.description();
      const known = new Set([portOf(postgres.admin), portOf(nats.url)]);
      const pid = stack.pidOf('key-vault');
      const seen = new Set<number>();
      const offspring = new Set<string>();
      const look = () => {
        for (const port of connectedPorts(pid)) seen.add(port);
        for (const child of childrenOf(pid)) offspring.add(child);
      };
      const watching = setInterval(look, 20);
      const user = await trader(stack, 'reach');
      const strategy = await strategyOf(user);
      await follow(user, strategy);
      const { body } = await post(stack, strategy, newAlert());
      expect(await settledTrade(user, body['signalId'] as string)).toMatchObject({ status: 'filled' });
      look();
      clearInterval(watching);
      expect(seen).toEqual(known);
      expect([...offspring]).toEqual([]);
    },
  );

  it('refuses each way out to code inside of it, and has no secret in its environment', async () => {
    const { nats } = stack.description();
    const probe = { host: '127.0.0.1', port: elsewherePort(), nats: portOf(nats.url) };
    const secrets = environment();
    const { child, ended, said } = vault([], {
      NODE_OPTIONS: `--import=${new URL('support/probe.mjs', import.meta.url).href}`,
      PROBE: JSON.stringify(probe),
    });
    await eventually(() => expect(said()).toContain('PROBE '), { timeoutMs: 60_000 });
    const { results, broker, environment: left } = JSON.parse(/PROBE (.*)/.exec(said())?.[1] ?? '{}') as Probed;
    child.kill('SIGTERM');
    expect(await ended, said()).toBe(0);
    process.stdout.write(`ways out of the vault: tried ${Object.keys(results).length}\n`);
    expect(Object.keys(results).length).toBeGreaterThanOrEqual(24);
    const { 'switching it off': switched, WebSocket: socket, ...others } = results;
    expect(Object.entries(others).filter(([, code]) => !/^vault\.(connection|process)_refused$/.test(code))).toEqual([]);
    expect([switched, socket]).toEqual([expect.stringContaining('Cannot redefine property'), 'REFUSED']);
    expect(arrivals).toEqual([]);
    expect(broker).toBe('CONNECTED');
    for (const name of [
      'DATABASE_URL',
      'LATCHKEY_NKEY_SEED',
      'LATCHKEY_MESSAGE_KEY',
      'ENCRYPTION_KEY',
      'OTEL_EXPORTER_OTLP_HEADERS',
    ]) {
      expect(Object.keys(left)).not.toContain(name);
      expect(JSON.stringify(left)).not.toContain(JSON.stringify(secrets[name]).slice(1, -1));
    }
  });

  it.each<[string, readonly string[], Readonly<Record<string, string>>]>([
    ['--inspect', ['--inspect=127.0.0.1:0'], {}],
    ['--inspect in NODE_OPTIONS', [], { NODE_OPTIONS: '--inspect=127.0.0.1:0' }],
    ['a signal that writes the heap', ['--heapsnapshot-signal=SIGUSR2'], {}],
  ])('does not start with %s: exit 78', async (_what, args, more) => {
    const { ended, said } = vault(args, more);
    expect(await ended).toBe(78);
    expect(said()).toContain('would show its memory');
  });
});
