import { createPool, createRelay } from '@latchkey/event-store';
import { messageOf, systemClock } from '@latchkey/kernel';
import { connectNats, createRpcClient, createRpcServer, watchBroker } from '@latchkey/messaging';
import { createEventSigner, createEventVerifier, createTrustedKeys, loadMessageKey } from '@latchkey/sealing';
import {
  announceListening,
  checkPostgres,
  listenError,
  type Lifecycle,
  type Logger,
  type ServiceContext,
} from '@latchkey/service-kit';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createServer } from './adapters/http/create-server.js';
import { keysAt, keysFrom } from './adapters/identity/key-set.js';
import { createTokenVerifier } from './adapters/identity/verify-token.js';
import { putBackRows } from './adapters/postgres/put-back.js';
import { createRateLimiter, limitsOf } from './adapters/postgres/rate-limiter.js';
import { createGatewayHealth } from './adapters/rpc/health.js';
import { createRpc } from './adapters/rpc/rpc.js';
import { createSealer } from './adapters/rpc/sealer.js';
import { createVouchedKeys } from './adapters/rpc/vouched-keys.js';
import { maxTokenLifetimeSeconds, requiresHttps, type GatewayConfig } from './config.js';
import { gatewayModule } from './gateway.module.js';

const service = 'gateway';
const poolSize = 16;
const sweepEveryMs = 60_000;
const queryTimeoutMs = 5_000;

const verifierOf = (config: GatewayConfig) =>
  createTokenVerifier({
    keys: config.JWKS === undefined ? keysAt(new URL(config.JWKS_URL ?? '')) : keysFrom(config.JWKS),
    issuer: config.JWT_ISSUER,
    audience: config.JWT_AUDIENCE,
    rolesClaim: config.JWT_ROLES_CLAIM,
    maxLifetimeSeconds: maxTokenLifetimeSeconds(config),
    clock: systemClock,
  });

const every = (lifecycle: Lifecycle, log: Logger, what: string, run: () => Promise<void>): void => {
  const timer = setInterval(() => {
    run().catch((error: unknown) => log.debug({ reason: messageOf(error) }, `${what} has to wait`));
  }, sweepEveryMs);
  lifecycle.onStop(what, () => clearInterval(timer));
};

/** A Postgres that hangs must not hold requests for ever: the driver gives a query up by itself, and its connection with it. */
const withQueryTimeout = (databaseUrl: string): string => {
  const url = new URL(databaseUrl);
  url.searchParams.set('query_timeout', String(queryTimeoutMs));
  return url.toString();
};

const listen = async (app: NestFastifyApplication, { PORT, HOST }: GatewayConfig): Promise<number> => {
  try {
    await app.listen({ port: PORT, host: HOST });
  } catch (error) {
    throw listenError(error as NodeJS.ErrnoException, PORT, HOST);
  }
  const address: unknown = app.getHttpServer().address();
  return (address as { readonly port: number }).port;
};

/** Joins the parts and serves. Postgres must be there; NATS and the other services may come later. */
export const start = async ({ config, log, lifecycle }: ServiceContext<GatewayConfig>): Promise<void> => {
  const trusted = createTrustedKeys(config.LATCHKEY_TRUSTED_KEYS);
  const messageKey = await loadMessageKey(service, config.LATCHKEY_MESSAGE_KEY);

  const pool = createPool({ url: withQueryTimeout(config.DATABASE_URL), applicationName: service, max: poolSize, log });
  lifecycle.onStop('postgres', () => pool.end());
  await checkPostgres(pool);

  const caFile = config.NATS_CA_FILE === undefined ? {} : { caFile: config.NATS_CA_FILE };
  const broker = await connectNats({
    identity: service,
    url: config.NATS_URL,
    seed: config.LATCHKEY_NKEY_SEED,
    name: config.LATCHKEY_INSTANCE,
    log,
    ...caFile,
  });
  lifecycle.onStop('nats', () => broker.close());

  const relay = createRelay({
    pool,
    service,
    broker,
    sign: createEventSigner(messageKey),
    verify: createEventVerifier(trusted),
    log,
    holder: config.LATCHKEY_INSTANCE,
    onImported: putBackRows,
  });
  const rpc = createRpc(createRpcClient({ broker, identity: service, messageKey, log }));
  const limiter = createRateLimiter(pool, systemClock, limitsOf(config.RATE_LIMIT_SCALE));
  const module = gatewayModule({
    pool,
    rpc,
    relay,
    limiter,
    sealer: createSealer({ rpc, trusted, clock: systemClock }),
    vouched: createVouchedKeys({ trusted, clock: systemClock }),
    health: createGatewayHealth({ pool, broker, rpc, clock: systemClock }),
    verifyToken: verifierOf(config),
    clock: systemClock,
    publicUrl: config.PUBLIC_URL ?? `http://localhost:${config.PORT}`,
    settings: { egressAddresses: config.EGRESS_ADDRESSES, ...(config.JWKS && { publicKeys: config.JWKS }) },
  });
  const app = await createServer(module, { trustedProxies: config.TRUSTED_PROXIES, requireHttps: requiresHttps(config), log });
  app.connectMicroservice({ strategy: createRpcServer({ broker, service, trustedKeys: trusted, log }) });

  relay.start();
  lifecycle.onStop('relay', () => relay.stop());
  every(lifecycle, log, 'the sweep of rate limits', limiter.sweep);
  await app.startAllMicroservices();
  // Both the REST server and the NATS handlers: they take no more and finish what they have.
  lifecycle.onStop('server', () => app.close(), { timeoutMs: 10_000 });
  const port = await listen(app, config);

  lifecycle.onStop('the check of the broker', watchBroker({ broker, service, log }));
  log.info({ port, publicUrl: config.PUBLIC_URL }, 'listening');
  announceListening({ healthPort: port, port });
};
