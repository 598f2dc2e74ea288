import { describe, expect, it } from 'vitest';
import { closeReach, type WaysOut } from './close-reach.js';
import { reachOf } from './reach.js';
import { debuggingProblem } from './refuse-debugging.js';

describe('the closed list', () => {
  it('is what the environment names: database, brokers and collectors, with their usual ports', () => {
    expect(
      reachOf({
        DATABASE_URL: 'postgres://key_vault:secret@DB.internal/key_vault?sslmode=verify-full',
        NATS_URL: 'tls://n1.internal:4333,nats://n2.internal',
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/',
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://[fd00::1]/v1/traces',
        SOMETHING_ELSE: 'http://elsewhere:1',
      }),
    ).toEqual({
      hosts: [
        { host: 'db.internal', port: 5432 },
        { host: 'n1.internal', port: 4333 },
        { host: 'n2.internal', port: 4222 },
        { host: 'collector', port: 4318 },
        { host: 'fd00::1', port: 443 },
      ],
      paths: [],
    });
  });

  it('has the socket of a database on this machine, and nothing of what cannot be read', () => {
    expect(reachOf({ DATABASE_URL: 'postgres:///key_vault?host=/run/postgresql' })).toEqual({
      hosts: [],
      paths: ['/run/postgresql/.s.PGSQL.5432'],
    });
    expect(reachOf({ DATABASE_URL: 'nonsense', NATS_URL_FILE: '/nowhere' })).toEqual({ hosts: [], paths: [] });
  });
});

/** The ways out of a machine that only notes what was tried. */
const machine = () => {
  const done: string[] = [];
  const note =
    (what: string) =>
    (...args: unknown[]) => {
      done.push(`${what} ${JSON.stringify(args.filter((one) => typeof one !== 'function'))}`);
      return 'done';
    };
  const parts: WaysOut = {
    socket: { connect: note('connect') },
    dns: {
      lookup: (...args: unknown[]) =>
        (args.at(-1) as (error: null, answer: unknown) => void)(null, [{ address: '10.0.0.7', family: 4 }]),
      resolve4: note('resolve4'),
      getServers: note('getServers'),
    },
    dnsPromises: { lookup: note('lookup'), resolveTxt: note('resolveTxt') },
    resolvers: [{ resolve4: note('resolve4') }],
    dgram: { createSocket: note('createSocket') },
    dgramSocket: { send: note('send') },
    childProcess: { spawn: note('spawn'), execSync: note('execSync') },
    child: { spawn: note('spawn') },
    workers: { Worker: note('Worker') },
    inspector: { open: note('open') },
    process: { binding: note('binding'), dlopen: note('dlopen') },
  };
  const call = (part: keyof WaysOut, name: string, ...args: unknown[]): unknown =>
    (parts[part] as Record<string, (...given: unknown[]) => unknown>)[name]!(...args);
  return { parts, done, call };
};

const reach = {
  hosts: [
    { host: 'db', port: 5432 },
    { host: 'nats', port: 4222 },
  ],
  paths: ['/run/pg/.s.PGSQL.5432'],
};
const closed = () => {
  const made = machine();
  closeReach(reach, made.parts);
  return made;
};
const connectionRefused = expect.objectContaining({ code: 'vault.connection_refused' });

describe('a process whose reach is closed', () => {
  it.each<[string, unknown[]]>([
    ['a port and a host', [5432, 'db']],
    ['a port as text', ['5432', 'DB']],
    ['options', [{ host: 'db', port: 5432 }]],
    ['options of HTTP', [{ host: 'nats', port: '4222', path: '/v1/traces' }]],
    ['what net.connect hands on', [[{ host: 'db', port: 5432 }, null]]],
    ['a path', ['/run/pg/.s.PGSQL.5432']],
    ['a path in options', [{ path: '/run/pg/.s.PGSQL.5432' }]],
  ])('connects to what is configured: %s', (_what, args) => {
    expect(closed().call('socket', 'connect', ...args)).toBe('done');
  });

  it.each<[string, unknown[]]>([
    ['another host', [5432, 'elsewhere']],
    ['another port', [5433, 'db']],
    ['the port of another host', [4222, 'db']],
    ['no host', [5432]],
    ['options without a host', [{ port: 5432 }]],
    ['options of another host', [{ host: 'api.binance.com', port: 443 }]],
    ['another path', ['/var/run/docker.sock']],
    ['another path in options', [{ path: '/var/run/docker.sock' }]],
    ['a host that is looked up by others', [{ host: 'db', port: 5432, lookup: () => undefined }]],
    ['a host with a dot', [{ host: 'db.', port: 5432 }]],
    ['a host that is no text', [{ host: { toString: () => 'db' }, port: 5432 }]],
    ['an address that nobody looked up', [{ host: '10.0.0.7', port: 4222 }]],
    ['nothing', []],
    ['a port that is none', [{ host: 'db', port: Number.NaN }]],
  ])('does not connect to %s', (_what, args) => {
    const { call, done } = closed();
    expect(() => call('socket', 'connect', ...args)).toThrow(connectionRefused);
    expect(done).toEqual([]);
  });

  it('connects to the addresses of a configured name, at the port of that name', () => {
    const { call } = closed();
    const answers: unknown[] = [];
    call('dns', 'lookup', 'nats', { all: true }, (_error: unknown, answer: unknown) => answers.push(answer));
    expect(answers).toEqual([[{ address: '10.0.0.7', family: 4 }]]);
    expect(call('socket', 'connect', 4222, '10.0.0.7')).toBe('done');
    expect(() => call('socket', 'connect', 5432, '10.0.0.7')).toThrow(connectionRefused);
    expect(() => call('dns', 'lookup', 'elsewhere', () => undefined)).toThrow(connectionRefused);
  });

  it.each<[keyof WaysOut, string, string]>([
    ['dns', 'resolve4', 'vault.connection_refused'],
    ['dnsPromises', 'lookup', 'vault.connection_refused'],
    ['dnsPromises', 'resolveTxt', 'vault.connection_refused'],
    ['dgram', 'createSocket', 'vault.connection_refused'],
    ['dgramSocket', 'send', 'vault.connection_refused'],
    ['childProcess', 'spawn', 'vault.process_refused'],
    ['childProcess', 'execSync', 'vault.process_refused'],
    ['child', 'spawn', 'vault.process_refused'],
    ['workers', 'Worker', 'vault.process_refused'],
    ['inspector', 'open', 'vault.process_refused'],
    ['process', 'binding', 'vault.process_refused'],
    ['process', 'dlopen', 'vault.process_refused'],
  ])('has no %s.%s', (part, name, refused) => {
    const { call, done } = closed();
    expect(() => call(part, name, 'anything')).toThrow(expect.objectContaining({ code: refused }));
    expect(done).toEqual([]);
  });

  it('stays closed: nothing of it is set again, taken away or widened', () => {
    const hosts = [{ host: 'db', port: 5432 }];
    const { parts, call } = machine();
    closeReach({ hosts, paths: [] }, parts);
    hosts.push({ host: 'elsewhere', port: 443 });
    hosts[0]!.host = 'elsewhere';
    expect(() => call('socket', 'connect', 443, 'elsewhere')).toThrow(connectionRefused);
    expect(() => Object.defineProperty(parts.socket, 'connect', { value: () => 'open' })).toThrow(TypeError);
    expect(Reflect.set(parts.socket, 'connect', () => 'open')).toBe(false);
    expect(Reflect.deleteProperty(parts.childProcess, 'spawn')).toBe(false);
  });
});

describe('a process that could be looked into', () => {
  it.each([
    ['--inspect', ''],
    ['--inspect=0.0.0.0:9229', ''],
    ['--inspect-brk', ''],
    ['--inspect_port=1', ''],
    ['', '--conditions=x --inspect'],
    ['', "'--inspect-publish-uid=http'"],
    ['--heapsnapshot-signal=SIGUSR2', ''],
    ['', '--heapsnapshot-near-heap-limit=3'],
    ['--heap-prof', ''],
    ['--expose_internals', ''],
  ])('does not start: %s %s', (option, nodeOptions) => {
    const problem = debuggingProblem({ execArgv: [option], nodeOptions }, undefined);
    expect(problem).toContain('did not start');
    expect(problem).not.toContain('0.0.0.0');
  });

  it('starts without, and not once a debugger is open', () => {
    const given = { execArgv: ['--enable-source-maps', '--disable-sigusr1'], nodeOptions: '--conditions=@latchkey/source' };
    expect(debuggingProblem(given, undefined)).toBeUndefined();
    expect(debuggingProblem(given, 'ws://127.0.0.1:9229/x')).toContain('debugger is open');
  });
});
