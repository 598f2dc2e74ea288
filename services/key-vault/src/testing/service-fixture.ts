import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { callerNames, type CallerName, type NatsIdentity } from '@latchkey/contracts';
import { connectNats, createRpcClient, provisionBroker, type Broker, type RpcClient } from '@latchkey/messaging';
import {
  createTrustedKeys,
  generateMessageKeyJwk,
  loadMessageKey,
  publicMessageJwk,
  type JWK,
  type MessageKey,
  type TrustedKeys,
} from '@latchkey/sealing';
import { runService } from '@latchkey/service-kit';
import { eventually, nats, ownPostgres, type SpecDatabase, type SpecNats } from '@latchkey/testkit';
import { keyVaultConfig } from '../config.js';
import { startAnd } from '../start.js';
import { quiet } from './vault-fixture.js';

type Listening = { readonly healthPort: number };

/** What a service in this process said, and how it ended. */
export type RunningService = {
  readonly started: Promise<void>;
  readonly complaints: readonly string[];
  readonly exits: readonly number[];
  readonly listening: readonly Listening[];
  readonly stop: () => Promise<void>;
};

/** Postgres and NATS of its own, as a service demands them, and everybody's keys. */
export type ServiceFixture = {
  readonly db: SpecDatabase;
  readonly server: SpecNats;
  /** A vault's whole environment, with a master key unless `more` says otherwise. */
  readonly environment: (more?: NodeJS.ProcessEnv) => NodeJS.ProcessEnv;
  /** The whole service in this process, as `main.ts` starts it. */
  readonly run: (env: NodeJS.ProcessEnv) => RunningService;
  readonly clientOf: (identity: CallerName) => Promise<RpcClient>;
  /** What a caller opens a session with: its own message key, and the vault's public half. */
  readonly keysOf: (identity: CallerName) => Promise<{ readonly key: MessageKey; readonly trusted: TrustedKeys }>;
  /** Makes the streams, without which nothing is published. */
  readonly provision: () => Promise<void>;
  readonly observe: (subject: string, heard: (subject: string) => void) => Promise<void>;
  /** A keyring file. @returns its path */
  readonly keyringFile: (text: string, mode?: number) => string;
  readonly close: () => Promise<void>;
};

export const serviceFixture = async (): Promise<ServiceFixture> => {
  // A service refuses a Postgres that would lose commits, and the one that specs share is such a one.
  const [postgres, server] = await Promise.all([ownPostgres({ durability: 'full' }), nats()]);
  const db = await postgres.database('key-vault');
  const made = await Promise.all(callerNames.map(async (name) => [name, await generateMessageKeyJwk()] as const));
  const messageKeys = Object.fromEntries(made) as Record<CallerName, JWK>;
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-vault-'));
  const ends: (() => Promise<unknown>)[] = [];

  const connect = async (identity: NatsIdentity): Promise<Broker> => {
    const broker = await connectNats({ identity, url: server.url, seed: server.identities[identity].seed, log: quiet });
    ends.push(() => broker.close());
    await broker.connected();
    return broker;
  };

  return {
    db,
    server,
    environment: (more = {}) => ({
      DATABASE_URL: db.url,
      NATS_URL: server.url,
      LATCHKEY_NKEY_SEED: server.identities['key-vault'].seed,
      LATCHKEY_MESSAGE_KEY: JSON.stringify(messageKeys['key-vault']),
      LATCHKEY_TRUSTED_KEYS: JSON.stringify(
        Object.fromEntries(Object.entries(messageKeys).map(([name, jwk]) => [name, [publicMessageJwk(jwk)]])),
      ),
      LATCHKEY_INSTANCE: randomUUID(),
      LOG_LEVEL: 'fatal',
      ENCRYPTION_KEY: '00112233445566778899aabbccddeeff0123456789abcdeffedcba9876543210',
      ...more,
    }),
    run: (env) => {
      const complaints: string[] = [];
      const exits: number[] = [];
      const listening: Listening[] = [];
      const handlers = new Map<string, () => void>();
      const host = {
        env,
        on: (event: string, handler: (...values: never[]) => void) => handlers.set(event, handler),
        exit: (code: number) => void exits.push(code),
        complain: (message: string) => void complaints.push(message),
        send: undefined,
      };
      const start = startAnd((ports) => void listening.push(ports));
      const started = runService({ service: 'key-vault', configSchema: keyVaultConfig, start, host });
      const stop = async () => {
        handlers.get('SIGTERM')?.();
        await eventually(() => exits.length > 0, { timeoutMs: 30_000 });
      };
      return { started, complaints, exits, listening, stop };
    },
    clientOf: async (identity) => {
      const broker = await connect(identity);
      const messageKey = await loadMessageKey(identity, messageKeys[identity]);
      return createRpcClient({ broker, identity, messageKey, log: quiet });
    },
    keysOf: async (identity) => ({
      key: await loadMessageKey(identity, messageKeys[identity]),
      trusted: createTrustedKeys({ 'key-vault': [publicMessageJwk(messageKeys['key-vault'])] }),
    }),
    provision: async () => {
      const provisioned = await provisionBroker({ broker: await connect('provisioner'), log: quiet, watch: false });
      ends.push(() => provisioned.stop());
    },
    observe: async (subject, heard) => {
      const connection = await (await connect('observer')).connected();
      connection.subscribe(subject, { callback: (_error, message) => heard(message.subject) });
    },
    keyringFile: (text, mode = 0o600) => {
      const path = join(folder, randomUUID());
      writeFileSync(path, text, { mode });
      return path;
    },
    close: async () => {
      for (const end of ends.reverse()) await end();
      await server.remove();
      await postgres.remove();
      rmSync(folder, { recursive: true });
    },
  };
};

/** What `/health/ready` answers. */
export const readiness = (port: number): Promise<{ status: number | undefined; body: unknown }> =>
  new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path: '/health/ready' }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
      response.on('end', () => resolve({ status: response.statusCode, body: JSON.parse(text) }));
    }).on('error', reject);
  });
