import type { StartPostgresOptions, StopMode } from '@latchkey/embedded-servers';
import { testBackend } from './backend.js';

/** What a spec may ask of its server. */
export type SpecPostgresOptions = Pick<StartPostgresOptions, 'durability' | 'settings'>;

/** A throw-away Postgres: gone, data and all, when it is removed or when this process ends in whatever way. */
export type SpecPostgres = {
  readonly adminUrl: string;
  readonly port: number;
  /** Of the postmaster; another one after `start`. */
  readonly pid: number;
  /** Folders of this machine that go with it. */
  readonly folders: readonly string[];
  /** Also when it is frozen. Default `fast`. */
  readonly stop: (mode?: StopMode) => Promise<void>;
  /** `kill -9` of the postmaster. */
  readonly kill: () => Promise<void>;
  /** Starts it again on the same data and port, after it was stopped or killed. */
  readonly start: () => Promise<void>;
  /** Stops every one of its processes where it stands; connections stay open and nothing answers. */
  readonly freeze: () => Promise<void>;
  readonly thaw: () => Promise<void>;
  /** Stops it and deletes its data. */
  readonly remove: () => Promise<void>;
};

/** `durability: 'fast'` unless the options say otherwise: nothing here outlives a power cut. */
export const startSpecPostgres = async (options: SpecPostgresOptions = {}): Promise<SpecPostgres> => {
  if (testBackend() === 'embedded') return (await import('./embedded-postgres.js')).startEmbeddedPostgres(options);
  return (await import('./containers/postgres-container.js')).startPostgresContainer(options);
};
