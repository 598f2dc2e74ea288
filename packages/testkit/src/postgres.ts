import { askRunServers } from './servers/run-servers.js';
import { startSpecPostgres, type SpecPostgres } from './servers/spec-postgres.js';

/** A server that specs share. Take a database of your own from it: `database()`. */
export type SharedPostgres = { readonly adminUrl: string };

let ofThisProcess: Promise<SpecPostgres> | undefined;

/** The Postgres of this run: the one of `PG_CONNECTION_STRING` (a superuser's URL) if set, else an embedded one that the first caller starts. */
export const postgres = async (): Promise<SharedPostgres> => {
  const given = process.env['PG_CONNECTION_STRING'];
  if (given !== undefined && given !== '') return { adminUrl: given };
  const ofTheRun = await askRunServers('postgres');
  if (ofTheRun !== undefined) return ofTheRun;
  // A private Vitest configuration without our global set-up: this worker's own, which ends with it.
  ofThisProcess ??= startSpecPostgres();
  return { adminUrl: (await ofThisProcess).running.adminUrl };
};
