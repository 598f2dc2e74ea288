import { consumerTable, type PublishingService, type RpcSubject } from '@latchkey/contracts';
import { createConsumer, createPool, type Consumer, type VerifyEvent } from '@latchkey/event-store';
import { connectNats, createRpcClient, createRpcServer, watchBroker, type Broker, type RpcClient } from '@latchkey/messaging';
import { createEventVerifier, createTrustedKeys, loadMessageKey } from '@latchkey/sealing';
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
import { appendToRecord } from './adapters/postgres/record.js';
import { AuditModule } from './audit.module.js';
import type { AuditConfig } from './config.js';
import { noteEntries, observeChain } from './telemetry/audit-telemetry.js';

type Context = ServiceContext<AuditConfig>;
const service = 'audit';
const maxConnections = 8;

/** Postgres alone makes it ready: events wait at their services until they can be recorded. */
const healthOf = (pool: Pool, broker: Broker, consumers: readonly Consumer[]): Health =>
  createHealth({
    required: { postgres: async () => void (await pool.query('select 1')) },
    optional: {
      nats: worksWhen(() => broker.isConnected()),
      events: worksWhen(() => consumers.every((consumer) => ['running', 'standby'].includes(consumer.status().state))),
    },
  });

/** One consumer per service, all appending to the one chain, up to 1,000 events a transaction. */
const recordEvents = (
  { config, log, lifecycle }: Context,
  pool: Pool,
  broker: Broker,
  rpc: RpcClient,
  verify: VerifyEvent,
): readonly Consumer[] =>
  consumerTable
    .filter((row) => row.service === service)
    .map(({ durable }) => {
      const consumer = createConsumer({
        pool,
        service,
        durable,
        broker,
        requestReplay: (source: PublishingService, request) => rpc.call(`cmd.${source}.replay` satisfies RpcSubject, request),
        verify,
        log,
        holder: config.LATCHKEY_INSTANCE,
        gatherMs: 250,
        maxBatch: 1_000,
        handleBatch: async (tx, events) => {
          const entries = await appendToRecord(
            tx,
            new Date().toISOString(),
            events.map(({ envelope }) => envelope),
          );
          noteEntries(events, entries);
        },
      });
      lifecycle.onStop(durable, () => consumer.stop(), { timeoutMs: 35_000 });
      consumer.start();
      return consumer;
    });

/** Starts the record: what it writes to, what it reads from, and what may be asked of it. */
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
  lifecycle.onStop('the height of the chain', observeChain(pool));
  const consumers = recordEvents(context, pool, broker, rpc, createEventVerifier(trustedKeys));
  const health = healthOf(pool, broker, consumers);

  const strategy = createRpcServer({ broker, service, trustedKeys, log });
  const app = await NestFactory.createMicroservice(AuditModule.with({ pool, health }), { strategy, logger: ['error', 'fatal'] });
  lifecycle.onStop('commands and queries', () => app.close(), { timeoutMs: 15_000 });
  await app.listen();
  lifecycle.onStop('the check of the broker', watchBroker({ broker, service, log }));
  const healthServer = await startHealthServer({ port: config.HEALTH_PORT, host: config.HEALTH_HOST, health, log });
  lifecycle.onStop('health', () => healthServer.close());
  announceListening({ healthPort: healthServer.port });
};
