import { askRunServers, sharedOf, type SharedPostgres } from './servers/run-servers.js';
import { startSpecPostgres } from './servers/spec-postgres.js';
import type { SpecPostgres } from './servers/spec-servers.js';

export type { SharedPostgres };

let ofThisProcess: Promise<SpecPostgres> | undefined;

/** The Postgres of this run: the one of `PG_CONNECTION_STRING` (a superuser's URL) if set, else one that the first caller starts. */
export const postgres = async (): Promise<SharedPostgres> => {
  const given = process.env['PG_CONNECTION_STRING'];
  if (given !== undefined && given !== '') return { adminUrl: given, pid: undefined, folders: [] };
  const ofTheRun = await askRunServers('postgres');
  if (ofTheRun !== undefined) return ofTheRun;
  // A private Vitest configuration without our global set-up: this worker's own, which ends with it.
  ofThisProcess ??= startSpecPostgres();
  return sharedOf(await ofThisProcess);
};
