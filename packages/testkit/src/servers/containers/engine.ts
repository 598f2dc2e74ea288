import { hostname } from 'node:os';
import { messageOf } from '@latchkey/kernel';
import { getContainerRuntimeClient, type ContainerRuntimeClient } from 'testcontainers';
import { TestkitError } from '../../errors.js';

/** Which process made a container: `<host>/<pid>`. */
export const ownerLabel = 'latchkey.testkit.owner';
export const owner = `${hostname()}/${process.pid}`;

type Labelled = { readonly Id: string; readonly Labels: Readonly<Record<string, string>> };

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/** Of containers, those that a process of this machine made which is no more. Another machine's may be in use: it shares the engine. */
export const leftBehind = <Found extends Labelled>(
  found: readonly Found[],
  host = hostname(),
  lives: (pid: number) => boolean = isAlive,
): readonly Found[] =>
  found.filter(({ Labels }) => {
    const [machine, pid] = (Labels[ownerLabel] ?? '').split('/');
    return machine === host && !lives(Number(pid));
  });

/** Removes what a killed run has left, should its guard have been killed too. */
const sweep = async ({ container: { dockerode } }: ContainerRuntimeClient): Promise<void> => {
  const found = await dockerode.listContainers({ all: true, filters: { label: [ownerLabel] } });
  // Two runs that start at once may both find one: who comes second has nothing to do.
  const remove = ({ Id }: Labelled) =>
    dockerode
      .getContainer(Id)
      .remove({ force: true, v: true })
      .catch(() => undefined);
  await Promise.all(leftBehind(found).map(remove));
};

/** @param find the engine, as testcontainers does by default: `DOCKER_HOST`, its own settings, the usual sockets */
export const connectEngine = async (
  find: () => Promise<ContainerRuntimeClient> = getContainerRuntimeClient,
): Promise<ContainerRuntimeClient> => {
  try {
    const client = await find();
    await sweep(client);
    return client;
  } catch (cause) {
    throw new TestkitError(
      'testkit.engine_unreachable',
      `LATCHKEY_TEST_BACKEND=containers needs a container engine, and none answers (${messageOf(cause)}): start Docker, set ` +
        'DOCKER_HOST to where it listens, or leave the variable out to run the specs on embedded servers',
      {},
      { cause },
    );
  }
};

let connected: Promise<ContainerRuntimeClient> | undefined;

/**
 * The engine of this process.
 *
 * @throws {TestkitError} `testkit.engine_unreachable`
 */
export const engine = (): Promise<ContainerRuntimeClient> => (connected ??= connectEngine());
