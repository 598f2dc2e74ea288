import { inboxPrefixOf, type NatsIdentity } from '@latchkey/contracts';
import { messageOf } from '@latchkey/kernel';
import { fromSeed } from '@nats-io/nkeys';
import { nkeyAuthenticator, type NodeConnectionOptions } from '@nats-io/transport-node';
import { readFileSync } from 'node:fs';
import { BrokerError } from './broker-error.js';

export type ConnectNatsOptions = {
  readonly identity: NatsIdentity;
  /** One or more `nats://` or `tls://` URLs, separated by commas. */
  readonly url: string;
  /** The seed of the identity's user nkey. */
  readonly seed: string;
  /** PEM of the only authority that the servers' certificates may come from; TLS is required once it is given. Needed beyond loopback. */
  readonly caFile?: string | undefined;
  /** Seen in the server's monitoring; the identity unless given. */
  readonly name?: string | undefined;
};

const certificateOf = (caFile: string): string => {
  try {
    return readFileSync(caFile, 'utf8');
  } catch (cause) {
    throw new BrokerError(
      'broker.config_invalid',
      `the CA file "${caFile}" cannot be read (${messageOf(cause)}); set NATS_CA_FILE to a PEM file`,
      { caFile },
    );
  }
};

const seedBytes = (seed: string): Uint8Array => {
  const bytes = new TextEncoder().encode(seed);
  try {
    fromSeed(bytes);
  } catch {
    // No cause: it might quote the seed.
    throw new BrokerError(
      'broker.config_invalid',
      'LATCHKEY_NKEY_SEED is no seed of a user nkey; it starts with "SU" and has 58 characters',
    );
  }
  return bytes;
};

const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

const hostOf = (server: string): string => URL.parse(server.includes('://') ? server : `nats://${server}`)?.hostname ?? server;

/** Without a pinned authority whoever sits in between could answer as the server, and take TLS out of its greeting. */
const assertLoopback = (servers: readonly string[]): void => {
  const beyond = servers.map(hostOf).find((host) => !loopback.test(host));
  if (beyond === undefined) return;
  throw new BrokerError(
    'broker.config_invalid',
    `the NATS server "${beyond}" is not on this machine: set NATS_CA_FILE to the PEM file of the authority that signed its certificate`,
    { host: beyond },
  );
};

/** nats.js's options for an identity: its key, its own inbox, never giving up. */
export const connectOptions = ({ identity, url, seed, caFile, name }: ConnectNatsOptions): NodeConnectionOptions => {
  const servers = url.split(',');
  if (caFile === undefined) assertLoopback(servers);
  return {
    servers,
    name: name ?? identity,
    authenticator: nkeyAuthenticator(seedBytes(seed)),
    inboxPrefix: inboxPrefixOf(identity),
    ...(caFile === undefined ? {} : { tls: { ca: certificateOf(caFile) } }),
    reconnect: true,
    maxReconnectAttempts: -1,
    // A server that is set up anew may refuse us for a moment; giving up then would need a human.
    ignoreAuthErrorAbort: true,
    reconnectTimeWait: 250,
    reconnectJitter: 250,
    // A network that swallows everything is noticed within 6 s: others take over what this process cannot do.
    pingInterval: 2_000,
    maxPingOut: 2,
    timeout: 5_000,
  };
};
