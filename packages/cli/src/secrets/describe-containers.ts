import { consumerTable, serviceNames, type ServiceName } from '@latchkey/contracts';
import type { StackDescription } from '@latchkey/local-stack';

/** Where the containers find each other. */
export type Addresses = {
  /** `host:port` */
  readonly postgres: string;
  /** `host:port` */
  readonly nats: string;
  readonly gatewayUrl: string;
  readonly simulator: StackDescription['simulator'];
  /** Where the CLI's container sees the folder with its secrets. */
  readonly cliFolder: string;
};

type Ways = Readonly<Record<ServiceName, { readonly url: string; readonly auditorUrl: string }>>;

const none = 0; // no process of the machine that reads this

/** What `stack.json` is on one machine, for the CLI's container: no superuser, no NATS identity but its own, and of the databases what its commands need. */
export const describeContainers = ({ nats, gatewayUrl, simulator, cliFolder }: Addresses, ways: Ways): StackDescription => {
  // Not the vault's: its own role reads ciphertexts. Its dead letters are listed here, and handed back on its own machine.
  const consumers: readonly string[] = consumerTable.map(({ service }) => service).filter((name) => name !== 'key-vault');
  const byService = (url: (name: ServiceName) => string) =>
    Object.fromEntries(serviceNames.map((name) => [name, url(name)])) as Record<ServiceName, string>;
  return {
    supervisor: { pid: none },
    venues: simulator === null ? 'live' : 'simulator',
    gateway: { url: gatewayUrl },
    simulator,
    nats: {
      url: `tls://${nats}`,
      monitor: 'http://127.0.0.1:8222',
      pid: none,
      users: { operator: { seedFile: `${cliFolder}/nkey-seed` } },
      caFile: `${cliFolder}/nats-ca.pem`,
    },
    postgres: {
      pid: none,
      admin: '',
      // `events replay` asks a consumer to take an event again; nothing else here writes.
      databases: byService((name) => (consumers.includes(name) ? ways[name].url : ways[name].auditorUrl)),
      auditor: byService((name) => ways[name].auditorUrl),
    },
    services: {},
    telemetry: { otlp: null },
    keys: {
      folder: cliFolder,
      issuer: `${cliFolder}/token-issuer.jwk.json`,
      trusted: `${cliFolder}/trusted-keys.json`,
      operator: `${cliFolder}/message-key.json`,
    },
  };
};
