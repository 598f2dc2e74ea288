import { marketType, type ExchangeName } from '@latchkey/contracts';
import { createConsumer, createPool, createRelay, type Relay } from '@latchkey/event-store';
import { connectNats, createRpcClient, createRpcServer, watchBroker, type Broker, type RpcClient } from '@latchkey/messaging';
import { systemClock } from '@latchkey/kernel';
import { createEventSigner, createEventVerifier, createTrustedKeys, loadMessageKey, type TrustedKeys } from '@latchkey/sealing';
import {
  announceListening,
  checkPostgres,
  createHealth,
  startHealthServer,
  worksWhen,
  type Health,
  type ServiceContext,
} from '@latchkey/service-kit';
import { passing } from '@latchkey/tracing';
import { NestFactory } from '@nestjs/core';
import type { Pool } from 'pg';
import { createVaultSessions } from './adapters/nats/vault-sessions.js';
import { routesOf } from './adapters/exchange/egress-route.js';
import { agesOf, venueUrlsOf, type TradeExecutorConfig } from './config.js';
import { createExecutor, type Executor } from './executor.js';
import { createSteadily } from './app/steadily.js';
import { TradeExecutorModule } from './trade-executor.module.js';

type Context = ServiceContext<TradeExecutorConfig>;
const service = 'trade-executor';

/** Two groups of appends, two of reads, the relay, the consumer, the partitions, and questions by users. */
const maxConnections = 16;
/** Longer than a venue's answer may take: an order that is under way is recorded before the process ends. */
const drainTimeoutMs = 15_000;

/** Without NATS there is no vault, and nothing can be sent. It may be away for a moment. */
const cutOffAfterMs = 2_000;

/** A venue works when all of its markets tell their time. */
const isTold = (exchanges: Executor['exchanges'], exchange: ExchangeName): boolean =>
  marketType.options
    .flatMap((market) => exchanges({ exchange, environment: 'live', marketType: market }) ?? [])
    .every(({ clock }) => clock.now() !== undefined);

/** Postgres alone makes the executor ready: without the others it keeps what is asked of it, and does it when they are back. */
const healthOf = (pool: Pool, broker: Broker, relay: Relay, { exchanges, partitions }: Executor): Health =>
  createHealth({
    required: { postgres: async () => void (await pool.query('select 1')) },
    optional: {
      nats: worksWhen(() => broker.isConnected()),
      events: worksWhen(() => ['running', 'standby'].includes(relay.status().state)),
      partitions: worksWhen(() => partitions.held().size > 0),
      binance: worksWhen(() => isTold(exchanges, 'binance')),
      bybit: worksWhen(() => isTold(exchanges, 'bybit')),
    },
  });

const serveRpc = async (
  { log, lifecycle }: Context,
  strategy: ReturnType<typeof createRpcServer>,
  executor: Executor,
  relay: Relay,
  health: Health,
): Promise<void> => {
  const useCases = {
    ...executor.useCases,
    replayEvents: relay.replay,
    health: async () => {
      const { status, parts } = await health.ready();
      return { status, parts: { ...parts } };
    },
  };
  const app = await NestFactory.createMicroservice(TradeExecutorModule.with(useCases), { strategy, logger: ['error', 'fatal'] });
  lifecycle.onStop('commands and queries', () => app.close(), { timeoutMs: drainTimeoutMs });
  await app.listen();
  log.info({}, 'commands and queries are answered');
};

const consumeSignals = (
  { config, log, lifecycle }: Context,
  parts: { pool: Pool; broker: Broker; rpc: RpcClient; trustedKeys: TrustedKeys; executor: Executor; relay: Relay },
): void => {
  const { pool, broker, rpc, trustedKeys, executor, relay } = parts;
  const consumer = createConsumer({
    pool,
    service,
    durable: 'trade-executor-signals',
    broker,
    requestReplay: (source, request) => rpc.call(`cmd.${source}.replay`, request),
    verify: createEventVerifier(trustedKeys),
    log,
    holder: config.LATCHKEY_INSTANCE,
    handler: executor.fanOut,
    // What has come meanwhile is fanned out in one transaction; few enough to keep it short with many followers.
    maxBatch: 16,
    onParked: executor.onParked,
    afterCommit: () => {
      passing('fan-out-committed');
      executor.lanes.wake();
      relay.wake();
    },
  });
  lifecycle.onStop('signals', () => consumer.stop());
  consumer.start();
};

/** Starts the executor: what it owns first, then what is asked of it, then work. */
export const start = async (context: Context): Promise<void> => {
  const { config, log, lifecycle } = context;
  const messageKey = await loadMessageKey(service, config.LATCHKEY_MESSAGE_KEY);
  const trustedKeys = createTrustedKeys(config.LATCHKEY_TRUSTED_KEYS);
  const pool = createPool({ url: config.DATABASE_URL, applicationName: service, max: maxConnections, log });
  lifecycle.onStop('postgres', () => pool.end());
  await checkPostgres(pool);

  const broker = await connectNats({
    identity: service,
    url: config.NATS_URL,
    seed: config.LATCHKEY_NKEY_SEED,
    caFile: config.NATS_CA_FILE,
    name: config.LATCHKEY_INSTANCE,
    log,
  });
  lifecycle.onStop('nats', () => broker.close());
  const rpc = createRpcClient({ broker, identity: service, messageKey, log });
  const executor = await createExecutor({
    pool,
    rpc,
    sessions: createVaultSessions({ rpc, messageKey, trustedKeys, clock: systemClock, log }),
    log,
    instance: config.LATCHKEY_INSTANCE,
    venueUrls: venueUrlsOf(config),
    routes: routesOf(config.EGRESS_ROUTES, config.EGRESS_ADDRESSES),
    keepLimits: config.VENUE_LIMITS === 'keep',
    ages: agesOf(config),
    maxBalanceAgeMs: config.MAX_BALANCE_AGE_SECONDS * 1_000,
    onAppended: () => relay.wake(),
    mayTrade: () => relay.status().compared,
    isFit: createSteadily(() => broker.isConnected(), cutOffAfterMs),
  });
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
    onImported: executor.onImported,
  });
  lifecycle.onStop('relay', () => relay.stop());
  relay.start();
  lifecycle.onStop('work on trades', () => executor.stop(), { timeoutMs: drainTimeoutMs });
  executor.start();

  const health = healthOf(pool, broker, relay, executor);
  const strategy = createRpcServer({ broker, service, trustedKeys, log });
  await serveRpc(context, strategy, executor, relay, health);
  consumeSignals(context, { pool, broker, rpc, trustedKeys, executor, relay });
  lifecycle.onStop('the check of the broker', watchBroker({ broker, service, log }));
  const healthServer = await startHealthServer({ port: config.HEALTH_PORT, host: config.HEALTH_HOST, health, log });
  lifecycle.onStop('health', () => healthServer.close());
  announceListening({ healthPort: healthServer.port });
};
