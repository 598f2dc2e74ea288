import { testBackend } from './backend.js';

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

export const startSpecNats = async (launch: NatsLaunch): Promise<NatsServer> => {
  if (testBackend() === 'embedded') return (await import('./embedded-nats.js')).startEmbeddedNats(launch);
  return (await import('./containers/nats-container.js')).startNatsContainer(launch);
};
