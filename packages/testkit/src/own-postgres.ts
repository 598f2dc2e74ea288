import type { ServiceName } from '@latchkey/contracts';
import { databaseOn, type DatabaseOptions, type SpecDatabase } from './database.js';
import { startSpecPostgres } from './servers/spec-postgres.js';
import type { SpecPostgres, SpecPostgresOptions } from './servers/spec-servers.js';

/** A Postgres for one spec, which may freeze it, kill it and start it again. Call `remove` in `afterAll`. */
export type OwnPostgres = Omit<SpecPostgres, 'folders'> & {
  readonly database: (service?: ServiceName, options?: DatabaseOptions) => Promise<SpecDatabase>;
};

/** @param options e.g. `{durability: 'full'}` for a spec about crashes, or `{settings: {max_connections: 20}}` */
export const ownPostgres = async (options: SpecPostgresOptions = {}): Promise<OwnPostgres> => {
  const server = await startSpecPostgres(options);
  return {
    get adminUrl() {
      return server.adminUrl;
    },
    port: server.port,
    get pid() {
      return server.pid;
    },
    database: (service, of) => databaseOn(server.adminUrl, service, of),
    stop: server.stop,
    kill: server.kill,
    start: server.start,
    freeze: server.freeze,
    thaw: server.thaw,
    remove: server.remove,
  };
};
