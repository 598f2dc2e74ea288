import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createNatsIdentity, natsEnvironment, natsIdentityNames, type NatsIdentity } from '@latchkey/embedded-servers';
import { natsIdentities, type NatsIdentity as NatsIdentityName } from '@latchkey/contracts';
import { TestkitError } from './errors.js';
import { natsInfraDir } from './paths.js';
import { startSpecNats } from './servers/spec-nats.js';

export type NatsOptions = {
  /** No identities and no permissions, JetStream on: for specs that do not care who is who. `NATS_URL` is used when set. */
  readonly open?: boolean;
  /** With `open`: never the server of `NATS_URL`, since this spec freezes, kills or wipes. */
  readonly own?: boolean;
  /** With `open`: more lines for the configuration. */
  readonly config?: string;
  /** Without `open`: another folder than `infra/nats`, with a `nats-server.conf` in it. */
  readonly infraDir?: string;
};

/** A nats-server with JetStream on a store of its own. */
export type SpecNats = {
  readonly url: string;
  readonly monitorUrl: string;
  /** Every identity of `contracts` (and of `infraDir`). An open server takes all of them, so that code under test need not care. */
  readonly identities: Readonly<Record<NatsIdentityName, NatsIdentity>>;
  /** Another one after `start` and `restart`. */
  readonly pid: number;
  readonly storeDir: string;
  readonly stop: () => Promise<void>;
  /** `kill -9`. */
  readonly kill: () => Promise<void>;
  /** Starts it again on the same ports and store. */
  readonly start: () => Promise<void>;
  /** `stop`, then `start`. */
  readonly restart: () => Promise<void>;
  /** Deletes all streams as a lost disk would: stop or kill it first. */
  readonly wipeStore: () => Promise<void>;
  /** Copies the store, for `restoreStore` to put back later: stop or kill it first for both. */
  readonly copyStore: () => Promise<string>;
  readonly restoreStore: (copy: string) => Promise<void>;
  /** Stops it where it stands: connections stay open and nothing answers. */
  readonly freeze: () => Promise<void>;
  readonly thaw: () => Promise<void>;
  /** Stops it and deletes its store: call it in `afterAll`. */
  readonly remove: () => Promise<void>;
};

const openConfig = (more: string) => `jetstream { sync_interval: always }\n${more}\n`;

const newIdentities = (names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, createNatsIdentity()])) as Record<NatsIdentityName, NatsIdentity>;

/** What somebody else runs can only be talked to. */
const givenNats = (url: string): SpecNats => {
  const refuse = () => {
    throw new TestkitError(
      'testkit.server_not_ours',
      'this is the server of NATS_URL: ask for nats({open: true, own: true}) to control it.',
    );
  };
  const no = () => Promise.resolve().then(refuse);
  return {
    url,
    monitorUrl: '',
    identities: newIdentities(natsIdentities),
    get pid() {
      return refuse();
    },
    get storeDir() {
      return refuse();
    },
    stop: no,
    kill: no,
    start: no,
    restart: no,
    wipeStore: no,
    copyStore: no,
    restoreStore: no,
    freeze: no,
    thaw: no,
    remove: () => Promise.resolve(),
  };
};

const configuration = async (folder: string, { open = false, config = '', infraDir = natsInfraDir }: NatsOptions) => {
  if (open) {
    const configDir = join(folder, 'config');
    await mkdir(configDir);
    const configFile = join(configDir, 'open.conf');
    await writeFile(configFile, openConfig(config));
    return { configFile, identities: newIdentities(natsIdentities) };
  }
  return {
    configFile: join(infraDir, 'nats-server.conf'),
    identities: newIdentities([...new Set([...natsIdentities, ...(await natsIdentityNames(infraDir))])]),
  };
};

/**
 * Starts a nats-server for this spec file, by default with the permissions that are shipped (`infra/nats`) and new identities. It is gone,
 * store and all, after `remove`, or when this process ends in whatever way.
 */
export const nats = async (options: NatsOptions = {}): Promise<SpecNats> => {
  const given = process.env['NATS_URL'];
  if (options.open === true && options.own !== true && given !== undefined && given !== '') return givenNats(given);

  const folder = await mkdtemp(join(tmpdir(), 'latchkey-spec-nats-'));
  const storeDir = join(folder, 'store');
  try {
    const { configFile, identities } = await configuration(folder, options);
    const server = await startSpecNats({ configFile, storeDir, folder, env: natsEnvironment(identities) });
    return {
      url: server.url,
      monitorUrl: server.monitorUrl,
      identities,
      storeDir,
      get pid() {
        return server.pid();
      },
      stop: server.stop,
      kill: server.kill,
      start: server.start,
      restart: async () => {
        await server.stop();
        await server.start();
      },
      wipeStore: () => rm(storeDir, { recursive: true, force: true }),
      copyStore: async () => {
        const copy = await mkdtemp(join(folder, 'copy-'));
        await cp(storeDir, copy, { recursive: true });
        return copy;
      },
      restoreStore: async (copy) => {
        await rm(storeDir, { recursive: true, force: true });
        await cp(copy, storeDir, { recursive: true });
      },
      freeze: server.freeze,
      thaw: server.thaw,
      remove: async () => {
        await server.remove();
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
};
