import type { ServiceName } from '@latchkey/contracts';
import type { RunningPostgres, StartPostgresOptions } from '@latchkey/embedded-servers';
import { databaseOn, type DatabaseOptions, type SpecDatabase } from './database.js';
import { freezeProcess, thawProcess } from './servers/freeze.js';
import { startSpecPostgres } from './servers/spec-postgres.js';

/** A Postgres for one spec, which may freeze it, kill it and start it again. */
export type OwnPostgres = {
  readonly adminUrl: string;
  readonly port: number;
  /** Of the postmaster; another one after `start`. */
  readonly pid: number;
  readonly database: (service?: ServiceName, options?: DatabaseOptions) => Promise<SpecDatabase>;
  readonly stop: RunningPostgres['stop'];
  /** `kill -9` of the postmaster. */
  readonly kill: () => Promise<void>;
  /** Starts it again on the same data and port. */
  readonly start: () => Promise<void>;
  /** Stops every one of its processes where it stands (SIGSTOP); connections stay open and nothing answers. */
  readonly freeze: () => Promise<void>;
  readonly thaw: () => Promise<void>;
  /** Stops it and deletes its data: call it in `afterAll`. */
  readonly remove: () => Promise<void>;
};

/** @param overrides e.g. `{durability: 'full'}` for a spec about crashes, or `{settings: {max_connections: 20}}` */
export const ownPostgres = async (overrides: Partial<StartPostgresOptions> = {}): Promise<OwnPostgres> => {
  const server = await startSpecPostgres(overrides);
  const frozen = new Set<number>();
  const thaw = () => thawProcess(frozen);
  return {
    get adminUrl() {
      return server.running.adminUrl;
    },
    get port() {
      return server.running.port;
    },
    get pid() {
      return server.running.pid;
    },
    database: (service, options) => databaseOn(server.running.adminUrl, service, options),
    stop: async (mode) => {
      await thaw();
      await server.running.stop(mode);
    },
    kill: async () => {
      await server.running.kill();
      await thaw(); // its children can only notice when they run
    },
    start: async () => void (await server.start()),
    freeze: () => freezeProcess(server.running.pid, frozen),
    thaw,
    remove: async () => {
      await thaw();
      await server.remove();
    },
  };
};
