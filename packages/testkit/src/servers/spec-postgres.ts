import { testBackend } from './backend.js';
import type { SpecPostgres, SpecPostgresOptions } from './spec-servers.js';

/** `durability: 'fast'` unless the options say otherwise: nothing here outlives a power cut. */
export const startSpecPostgres = async (options: SpecPostgresOptions = {}): Promise<SpecPostgres> => {
  if (testBackend() === 'embedded') return (await import('./embedded-postgres.js')).startEmbeddedPostgres(options);
  return (await import('./containers/postgres-container.js')).startPostgresContainer(options);
};
