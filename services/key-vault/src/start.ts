import { randomBytes, randomUUID } from 'node:crypto';
import { createConsumer, createPool, createRelay, type Consumer, type Relay } from '@latchkey/event-store';
import { InvariantError } from '@latchkey/kernel';
import { connectNats, createRpcClient, createRpcServer, watchBroker, type Broker, type RpcClient } from '@latchkey/messaging';
import {
  createEventSigner,
  createEventVerifier,
  createTrustedKeys,
  loadMessageKey,
  type MessageKey,
  type TrustedKeys,
} from '@latchkey/sealing';
import {
  announceListening,
  checkPostgres,
  createHealth,
  startHealthServer,
  worksWhen,
  type Health,
  type ServiceContext,
} from '@latchkey/service-kit';
import { NestFactory } from '@nestjs/core';
import type { Pool } from 'pg';
import { createSessionDesk } from './adapters/nats/session-desk.js';
import { createWrapCounts } from './adapters/postgres/wrap-counts.js';
import { readKeyringFile } from './adapters/process/keyring-file.js';
import { onHangUp } from './adapters/process/on-hang-up.js';
import { every } from './adapters/timer/every.js';
import { onceKnown } from './app/once-known.js';
import { readKeyringAgain } from './app/read-keyring-again.js';
import { signWhenKnown } from './app/sign-when-known.js';
import type { KeyVaultConfig } from './config.js';
import { createKeyring } from './domain/encryption/keyring.js';
import { createLegacyCipher, type LegacyCipher } from './domain/legacy/legacy-cipher.js';
import { KeyVaultModule } from './key-vault.module.js';
import { startVerifications } from './start-verifications.js';
import { sessionRefusals } from './telemetry/session-refusals.js';
import { observeKeys } from './telemetry/observe-keys.js';
import { createVault, type Vault } from './vault.js';

type Context = ServiceContext<KeyVaultConfig>;
const service = 'key-vault';

/** Deletions are due to the second; nothing else here is in a hurry. */
const sweepEveryMs = 1_000;
/** Sealing keys live a week; the private half of one that is over is refused to the moment, and gone a minute later. */
const turnEveryMs = 60_000;
/** Signing asks for two connections at most, the relay for two, the consumer for two, the rest for commands. */
const maxConnections = 14;

/** From the keyring file, or from the variables; the configuration has seen to it that one of them has keys. */
const masterKeysOf = (config: KeyVaultConfig): { readonly current: Buffer; readonly reading: readonly Buffer[] } => {
  const { ENCRYPTION_KEY: current, ENCRYPTION_KEY_PREVIOUS: previous, ENCRYPTION_KEYRING_FILE: file } = config;
  if (file !== undefined) return file;
  if (current === undefined) throw new InvariantError('the configuration names no master key, though it was checked');
  return { current, reading: previous === undefined ? [] : [previous] };
};

/** Postgres alone makes the vault ready. Without NATS nobody reaches it; without its stream, events wait in Postgres, and halts in the executor's. */
const healthOf = (pool: Pool, broker: Broker, relay: Relay, halts: Consumer): Health =>
  createHealth({
    required: { postgres: async () => void (await pool.query('select 1')) },
    optional: {
      nats: worksWhen(() => broker.isConnected()),
      events: worksWhen(() => relay.status().compared && ['running', 'standby'].includes(relay.status().state)),
      halts: worksWhen(() => ['running', 'standby'].includes(halts.status().state)),
    },
  });

/** Halts and limits are the executor's; what it says of them is kept here, so that signatures can go by it. */
const consumeHalts = (
  { config, log, lifecycle }: Context,
  parts: { pool: Pool; broker: Broker; rpc: RpcClient; trustedKeys: TrustedKeys; vault: Vault },
): Consumer => {
  const { pool, broker, rpc, trustedKeys, vault } = parts;
  const consumer = createConsumer({
    pool,
    service,
    durable: 'key-vault-halts',
    broker,
    requestReplay: (source, request) => rpc.call(`cmd.${source}.replay`, request),
    verify: createEventVerifier(trustedKeys),
    log,
    holder: config.LATCHKEY_INSTANCE,
    handler: vault.keepTradingRules,
    onParked: vault.onParked,
  });
  lifecycle.onStop('halts', () => consumer.stop());
  consumer.start();
  return consumer;
};

/** Commands and queries, over Nest; what is in flight is answered before it closes. */
const serveRpc = async (
  { log, lifecycle }: Context,
  parts: { vault: Vault; relay: Relay; broker: Broker; messageKey: MessageKey; trustedKeys: TrustedKeys; health: Health },
): Promise<void> => {
  const { vault, relay, broker, messageKey, trustedKeys, health } = parts;
  // A new name for each start: frames for the process before this one, whose keys are gone, go nowhere.
  const instance = randomUUID();
  const strategy = createRpcServer({ broker, service, trustedKeys, log, instance });
  const isKnown = () => relay.status().compared;
  const known = { ...onceKnown(vault, { isKnown }), ...signWhenKnown(vault, isKnown) };
  const { signStrings } = known;
  const desk = createSessionDesk({ instance, messageKey, trustedKeys, signStrings, count: sessionRefusals() });
  lifecycle.onStop('sessions', () => desk.close());
  const useCases = {
    ...vault,
    ...known,
    replayEvents: relay.replay,
    health: async () => {
      const { status, parts: states } = await health.ready();
      return { status, parts: { ...states } };
    },
  };
  const app = await NestFactory.createMicroservice(KeyVaultModule.with(useCases, desk), { strategy, logger: ['error', 'fatal'] });
  lifecycle.onStop('commands and queries', () => app.close(), { timeoutMs: 15_000 });
  await app.listen();
};

/** It opens every secret of the older table: as long as it is here, somebody should be importing. */
const legacyCipherOf = ({ config, log }: Context): LegacyCipher | undefined => {
  if (config.LEGACY_ENCRYPTION_KEY === undefined) return undefined;
  log.warn({}, 'LEGACY_ENCRYPTION_KEY is set: keys of an older service can be imported; take it away when that is done');
  return createLegacyCipher(config.LEGACY_ENCRYPTION_KEY);
};

/**
 * Starts the vault: first everything that must be true before anything is signed, then what others may ask.
 *
 * @param announce tells the launcher that the service answers
 */
export const startAnd =
  (announce: typeof announceListening) =>
  async (context: Context): Promise<void> => {
    const { config, log, lifecycle } = context;
    const keys = createKeyring({ ...masterKeysOf(config), random: randomBytes });
    const messageKey = await loadMessageKey(service, config.LATCHKEY_MESSAGE_KEY);
    const trustedKeys = createTrustedKeys(config.LATCHKEY_TRUSTED_KEYS);
    const pool = createPool({ url: config.DATABASE_URL, applicationName: service, max: maxConnections, log });
    lifecycle.onStop('postgres', () => pool.end());
    await checkPostgres(pool);

    let wakeRelay = (): void => undefined;
    const vault = createVault({
      pool,
      keys,
      legacy: legacyCipherOf(context),
      messageKey,
      log,
      onAppended: () => wakeRelay(),
      credentialRate: { burst: config.CREDENTIAL_SIGNATURE_BURST, perSecond: config.CREDENTIAL_SIGNATURES_PER_SECOND },
      instanceRate: { burst: config.INSTANCE_SIGNATURE_BURST, perSecond: config.INSTANCE_SIGNATURES_PER_SECOND },
    });
    await vault.open();
    observeKeys(createWrapCounts(pool));
    const keyring = config.ENCRYPTION_KEYRING_FILE;
    if (keyring !== undefined) {
      const read = () => readKeyringFile(keyring.path);
      const work = readKeyringAgain({ read, replaceKeys: vault.replaceKeys, random: randomBytes, log });
      const failed = 'the keyring file was not taken; the keys from before stay in use';
      lifecycle.onStop('keyring', onHangUp({ work, log, failed }));
    }

    const broker = await connectNats({
      identity: service,
      url: config.NATS_URL,
      seed: config.LATCHKEY_NKEY_SEED,
      caFile: config.NATS_CA_FILE,
      name: config.LATCHKEY_INSTANCE,
      log,
    });
    lifecycle.onStop('nats', () => broker.close());
    const relay = createRelay({
      pool,
      // Only the record reads what this service publishes, and nobody waits for it.
      gatherMs: 100,
      pollMs: 250,
      service,
      broker,
      sign: createEventSigner(messageKey),
      verify: createEventVerifier(trustedKeys),
      log,
      holder: config.LATCHKEY_INSTANCE,
      onImported: vault.onImported,
    });
    wakeRelay = relay.wake;
    lifecycle.onStop('relay', () => relay.stop());
    relay.start();
    lifecycle.onStop(
      'timer',
      every({ everyMs: sweepEveryMs, what: 'destroying deleted secrets', work: vault.destroyDueSecrets, log }),
    );
    lifecycle.onStop(
      'sealing keys',
      every({ everyMs: turnEveryMs, what: 'turning sealing keys', work: vault.turnSealingKeys, log }),
    );

    const rpc = createRpcClient({ broker, identity: service, messageKey, log });
    const halts = consumeHalts(context, { pool, broker, rpc, trustedKeys, vault });
    const health = healthOf(pool, broker, relay, halts);
    await serveRpc(context, { vault, relay, broker, messageKey, trustedKeys, health });
    // Stops before the answers to commands do: the executor brings what is under way back to us.
    startVerifications(context, { vault, pool, rpc, isKnown: () => relay.status().compared });
    lifecycle.onStop('the check of the broker', watchBroker({ broker, service, log }));
    const healthServer = await startHealthServer({ port: config.HEALTH_PORT, host: config.HEALTH_HOST, health, log });
    lifecycle.onStop('health', () => healthServer.close());
    announce({ healthPort: healthServer.port });
  };

export const start = startAnd(announceListening);
