import type { StartPostgresOptions, StopMode } from '@latchkey/embedded-servers';

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

export type NatsLaunch = {
  /** Its folder is the configuration: what it includes lies there. */
  readonly configFile: string;
  readonly storeDir: string;
  /** Around the store, the spec's own: deleted when this process ends without having removed the server. */
  readonly folder: string;
  /** What the configuration reads from its environment. */
  readonly env: Readonly<Record<string, string>>;
};

/** One nats-server, on whatever backend. */
export type NatsServer = {
  readonly url: string;
  readonly monitorUrl: string;
  readonly pid: () => number;
  /** Also when it is frozen. */
  readonly stop: () => Promise<void>;
  readonly kill: () => Promise<void>;
  /** On the same ports and store. */
  readonly start: () => Promise<void>;
  readonly freeze: () => Promise<void>;
  readonly thaw: () => Promise<void>;
  /** What of it is left when it has stopped; the store is the spec's own. */
  readonly remove: () => Promise<void>;
};
