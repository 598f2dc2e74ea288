import { connect } from 'node:net';
import { freePort } from '@latchkey/embedded-servers';
import { messageOf } from '@latchkey/kernel';
import { GenericContainer, Wait, type StartedTestContainer } from 'testcontainers';
import { TestkitError } from '../../errors.js';
import { engine, owner, ownerLabel } from './engine.js';
import { createGuard, type ContainerGuard } from './guard.js';

export type StartContainerOptions = {
  readonly image: string;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Inside; each gets a port of this machine that stays the same for the container's life. */
  readonly ports: readonly number[];
  readonly mounts?: readonly { readonly source: string; readonly target: string; readonly mode: 'ro' | 'rw' }[];
  readonly user?: string;
  /** Logged by the program when it has started, and how often. */
  readonly ready: { readonly says: RegExp; readonly times: number };
  /** A folder of this machine to delete when the container goes because we do. */
  readonly folder?: string;
};

/** A container that can be treated like a process. */
export type SpecContainer = {
  readonly host: string;
  /** Of this machine, in the order of `ports`. */
  readonly ports: readonly number[];
  /** Of its first process, as the engine's machine counts; another one after `start`. */
  readonly pid: () => number;
  /** Sends a signal and waits until it has ended; does nothing when it has. Also when it is frozen. */
  readonly end: (signal: 'SIGTERM' | 'SIGINT' | 'SIGQUIT' | 'SIGKILL') => Promise<void>;
  readonly start: () => Promise<void>;
  readonly freeze: () => Promise<void>;
  readonly thaw: () => Promise<void>;
  /** With its volumes. */
  readonly remove: () => Promise<void>;
};

const startTimeoutMs = 120_000;
const tries = 5;

let guard: ContainerGuard | undefined;

/** Known to the guard before it runs. */
class GuardedContainer extends GenericContainer {
  folder: string | undefined;
  protected override containerCreated = (id: string): Promise<void> => {
    guard?.hold(id, this.folder);
    return Promise.resolve();
  };
}

const launch = async (
  options: StartContainerOptions,
  hostPorts: readonly number[],
  onLine: (line: string) => void,
): Promise<StartedTestContainer> => {
  const container = new GuardedContainer(options.image)
    .withCommand([...options.command])
    .withEnvironment({ ...options.env })
    .withLabels({ [ownerLabel]: owner })
    .withExposedPorts(...options.ports.map((inside, i) => ({ container: inside, host: hostPorts[i] ?? 0 })))
    .withBindMounts([...(options.mounts ?? [])])
    .withWaitStrategy(Wait.forLogMessage(options.ready.says, options.ready.times))
    .withStartupTimeout(startTimeoutMs)
    .withLogConsumer((stream) => void stream.on('data', (line: Buffer | string) => onLine(String(line).trim())));
  container.folder = options.folder;
  if (options.user !== undefined) container.withUser(options.user);
  return container.start();
};

/** Ports are chosen here, since one that the engine chooses changes when the container is started again. Somebody may be faster. */
const launchOnFreePorts = async (options: StartContainerOptions) => {
  for (let attempt = 1; ; attempt += 1) {
    const ports = await Promise.all(options.ports.map(() => freePort()));
    const said: string[] = [];
    try {
      return { started: await launch(options, ports, (line) => said.push(line)), ports };
    } catch (cause) {
      if (attempt < tries && /port is already allocated|address already in use/i.test(messageOf(cause))) continue;
      throw new TestkitError(
        'testkit.server_unavailable',
        `the image "${options.image}" did not start as a container: ${messageOf(cause)}; it said: ` +
          `${said.slice(-3).join(' / ') || 'nothing'}. Is the image there, or can it be pulled?`,
        { image: options.image },
        { cause },
      );
    }
  }
};

/** The engine says that a container has ended before it lets go of the ports. */
const letGo = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.on('connect', () => resolve(false)).on('error', () => resolve(true));
    socket.on('connect', () => socket.destroy());
  });

/** The engine answers 304 and 409 to what is so already. */
const unlessSo = async (work: Promise<unknown>): Promise<void> => {
  await work.catch((error: unknown) => {
    const { statusCode } = error as { readonly statusCode?: number };
    if (statusCode !== 304 && statusCode !== 409) throw error;
  });
};

/** @throws {TestkitError} `testkit.engine_unreachable`, `testkit.server_unavailable` */
export const startContainer = async (options: StartContainerOptions): Promise<SpecContainer> => {
  const client = await engine();
  guard ??= createGuard(client);
  const { started, ports } = await launchOnFreePorts(options);
  const container = client.container.dockerode.getContainer(started.getId());
  const host = started.getHost() === 'localhost' ? '127.0.0.1' : started.getHost();
  const readPid = async (): Promise<number> => (await container.inspect()).State.Pid;
  let pid = await readPid();
  const thaw = async () => {
    if ((await container.inspect()).State.Paused) await container.unpause();
  };
  return {
    host,
    ports,
    pid: () => pid,
    end: async (signal) => {
      await thaw(); // a frozen one does not even hear SIGKILL
      await unlessSo(container.kill({ signal }));
      await container.wait();
      for (const port of ports) while (!(await letGo(host, port))) await new Promise((resolve) => setTimeout(resolve, 10));
    },
    start: async () => {
      await unlessSo(container.start());
      pid = await readPid();
    },
    freeze: () => unlessSo(container.pause()),
    thaw,
    remove: async () => {
      await container.remove({ force: true, v: true });
      guard?.release(container.id);
    },
  };
};
