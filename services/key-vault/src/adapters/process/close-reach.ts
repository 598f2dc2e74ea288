import childProcess from 'node:child_process';
import dgram from 'node:dgram';
import dns from 'node:dns';
import inspector from 'node:inspector';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import workers from 'node:worker_threads';
import { connectionRefused, processRefused } from './reach-error.js';
import { hostOf, type Reach } from './reach.js';

type Patched = Record<string, unknown>;
type Method = (this: unknown, ...args: unknown[]) => unknown;

/** The parts of Node that lead out of a process. */
export type WaysOut = {
  /** All of TCP goes through it: `tls`, `http`, `http2` and `fetch` too. */
  readonly socket: Patched;
  readonly dns: Patched;
  readonly dnsPromises: Patched;
  readonly resolvers: readonly Patched[];
  readonly dgram: Patched;
  readonly dgramSocket: Patched;
  readonly childProcess: Patched;
  readonly child: Patched;
  readonly workers: Patched;
  readonly inspector: Patched;
  readonly process: Patched;
};

const own = (part: unknown): Patched => part as Patched;

const waysOut = (): WaysOut => ({
  socket: own(net.Socket.prototype),
  dns: own(dns),
  dnsPromises: own(dns.promises),
  resolvers: [own(dns.Resolver.prototype), own(dns.promises.Resolver.prototype)],
  dgram: own(dgram),
  dgramSocket: own(dgram.Socket.prototype),
  childProcess: own(childProcess),
  child: own(childProcess.ChildProcess.prototype),
  workers: own(workers),
  inspector: own(inspector),
  process: own(process),
});

/** For good: what is set once can neither be set again nor be taken away. */
const lock = (part: Patched, name: string, value: unknown): void => {
  Object.defineProperty(part, name, { value, writable: false, configurable: false, enumerable: true });
};

const refuse = (part: Patched, names: readonly string[], error: (name: string) => Error): void => {
  for (const name of names) {
    if (typeof part[name] !== 'function') continue;
    // A function, not an arrow: some of them are called with "new".
    lock(part, name, function refused() {
      throw error(name);
    });
  }
};

const functionsOf = (part: Patched): readonly string[] =>
  Object.getOwnPropertyNames(part).filter((name) => name !== 'constructor' && typeof part[name] === 'function');

type Target = { readonly host: string; readonly port: number } | { readonly path: string };

/** Where a call of `socket.connect` leads; `undefined` where that cannot be told, which is refused like everything else. */
const targetOf = (args: readonly unknown[], lookup: unknown): Target | undefined => {
  // `net.connect` hands the arguments on as one array.
  const [first, second]: readonly unknown[] = Array.isArray(args[0]) ? (args[0] as readonly unknown[]) : args;
  if (typeof first === 'string' && Number.isNaN(Number(first))) return { path: first };
  if (typeof first === 'number' || typeof first === 'string')
    return { host: typeof second === 'string' ? hostOf(second) : 'localhost', port: Number(first) };
  if (typeof first !== 'object' || first === null) return undefined;
  const options = first as { path?: unknown; host?: unknown; port?: unknown; lookup?: unknown };
  // Names are looked up by us: somebody else's answer could say anything.
  if (options.lookup !== undefined && options.lookup !== lookup) return undefined;
  // HTTP has a path in its options beside the address: with a port it is not a socket's.
  if (typeof options.path === 'string' && options.port === undefined) return { path: options.path };
  if (typeof options.host !== 'string' && options.host !== undefined && options.host !== null) return undefined;
  return { host: hostOf(options.host || 'localhost'), port: Number(options.port) };
};

const addressesIn = (answer: unknown): readonly string[] => {
  if (typeof answer === 'string') return [answer];
  if (Array.isArray(answer)) return answer.flatMap(addressesIn);
  const { address } = (answer ?? {}) as { readonly address?: unknown };
  return typeof address === 'string' ? [address] : [];
};

/**
 * Leaves this process no way out but the given one, from here on and for good: no other connection, no other name looked up, no datagram, no
 * child process, no thread (it would have its own sockets), no debugger, no native code. A second wall beside the network's own rules, against
 * defects and dependencies; who runs code here before this, or finds a hole in Node, is not held by it.
 */
export const closeReach = ({ hosts, paths }: Reach, parts: WaysOut = waysOut()): void => {
  const allowed = Object.freeze(hosts.map((one) => Object.freeze({ ...one })));
  const allowedPaths = Object.freeze([...paths]);
  // NATS connects to the addresses that the names of its servers have.
  const names = new Map<string, Set<string>>();
  const isNamed = (host: string): boolean => allowed.some((one) => one.host === host);
  const remember = (host: string, answer: unknown): void => {
    for (const address of addressesIn(answer)) names.set(address, (names.get(address) ?? new Set()).add(host));
  };
  const mayReach = (target: Target | undefined): boolean => {
    if (target === undefined) return false;
    if ('path' in target) return allowedPaths.includes(target.path);
    const aliases = names.get(target.host);
    return allowed.some(({ host, port }) => port === target.port && (host === target.host || aliases?.has(host) === true));
  };

  const { socket, dns: names4, dnsPromises } = parts;
  const lookup = names4['lookup'] as Method;
  const vettedLookup = (name: unknown, ...rest: unknown[]): unknown => {
    const host = hostOf(String(name));
    if (net.isIP(host) === 0 && !isNamed(host)) throw connectionRefused(host);
    const done = rest.at(-1) as Method;
    return lookup(name, ...rest.slice(0, -1), (error: unknown, answer: unknown, ...more: unknown[]) => {
      if (!error && net.isIP(host) === 0) remember(host, answer);
      done.call(undefined, error, answer, ...more);
    });
  };
  const connect = socket['connect'] as Method;
  lock(socket, 'connect', function guarded(this: unknown, ...args: unknown[]) {
    const target = targetOf(args, vettedLookup);
    if (mayReach(target)) return connect.apply(this, args);
    throw connectionRefused(
      !target ? 'an address that cannot be told' : 'path' in target ? target.path : `${target.host}:${target.port}`,
    );
  });

  refuse(
    names4,
    functionsOf(names4).filter((name) => /^(resolve|reverse|lookupService|setServers)/.test(name)),
    connectionRefused,
  );
  lock(names4, 'lookup', vettedLookup);
  refuse(
    dnsPromises,
    functionsOf(dnsPromises).filter((name) => /^(resolve|reverse|lookup|setServers)/.test(name)),
    connectionRefused,
  );
  for (const resolver of parts.resolvers) refuse(resolver, functionsOf(resolver), connectionRefused);
  refuse(parts.dgram, ['createSocket', 'Socket'], connectionRefused);
  refuse(parts.dgramSocket, ['bind', 'connect', 'send'], connectionRefused);
  refuse(parts.childProcess, ['spawn', 'spawnSync', 'exec', 'execSync', 'execFile', 'execFileSync', 'fork'], processRefused);
  refuse(parts.child, ['spawn'], processRefused);
  refuse(parts.workers, ['Worker'], processRefused);
  refuse(parts.inspector, ['open', 'Session'], processRefused);
  refuse(parts.process, ['binding', '_linkedBinding', 'dlopen', 'execve', '_debugProcess'], processRefused);
  syncBuiltinESMExports();
};
