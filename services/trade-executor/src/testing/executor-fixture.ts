import { randomBytes, randomUUID } from 'node:crypto';
import type { AnyEvent, Envelope, EventData, Sizing } from '@latchkey/contracts';
import { createPool, withTransaction } from '@latchkey/event-store';
import { decimal, newId, newTraceparent, type SignalId, type StrategyId, type UserId } from '@latchkey/kernel';
import { Client } from 'pg';
import { startSimulator, type SimulatorOptions } from '@latchkey/exchange-simulator';
import { database, eventually } from '@latchkey/testkit';
import { createExecutor, type Executor, type ExecutorOptions } from '../executor.js';
import { fakeVault } from './fake-vault.js';
import { simulatorProcess } from './simulator-process.js';
import { controlOf } from '../adapters/exchange/testing/simulator-control.js';

export type BookEntry = {
  readonly apiKey: string;
  readonly clientOrderId: string;
  readonly side: string;
  readonly status: string;
  readonly amount: string;
};
export type LogLine = {
  readonly level: string;
  readonly facts: object;
  readonly message: string;
  readonly at: number;
  /** The executor that said it; '': the fixture itself. */
  readonly instance: string;
};

export const newStrategyId = (): StrategyId => randomUUID() as StrategyId;
export const quote = (value: string): Sizing => ({ mode: 'quote_amount', value: decimal(value) });

/** A signal as the gateway publishes it. */
export const signalReceived = (
  strategyId: StrategyId,
  over: Partial<EventData<'SignalReceived'>> = {},
): { readonly envelope: Envelope; readonly event: AnyEvent } => {
  const data: EventData<'SignalReceived'> = {
    signalId: newId<SignalId>(),
    strategyId,
    ownerId: 'owner' as UserId,
    sequence: 1,
    receivedAt: new Date().toISOString(),
    idempotencyKey: randomBytes(32).toString('hex'),
    signal: { market: { ticker: 'BTCUSDT', symbol: 'BTCUSDT' }, actions: [{ action: 'buy', orderType: 'market' }] },
    ...over,
  };
  const envelope = { id: newId(), correlationid: randomUUID(), traceparent: newTraceparent() } as unknown as Envelope;
  return { envelope, event: { type: 'SignalReceived', v: 1, data } };
};

export type ExecutorFixtureOptions = {
  /** `own_process`: with the venues' documented limits, and a core of its own where there is one. */
  readonly simulated?: SimulatorOptions | 'own_process';
  readonly routes?: ExecutorOptions['routes'];
  readonly betweenBooksMs?: number;
};
/** What may differ between executors of one stack. */
type ExecutorsOwn = Partial<Pick<ExecutorOptions, 'clock' | 'routes'>>;
const unlimitedWeight: SimulatorOptions = { binanceLimits: { weightPerMinute: 1_000_000 } };

/** A database, a simulated venue and a vault; executors are started on them, and can be thrown away as a crash would. */
export const executorFixture = async ({ simulated = unlimitedWeight, ...of }: ExecutorFixtureOptions = {}) => {
  const lines: LogLine[] = [];
  const logOf = (instance: string) => {
    const write = (level: string) => (facts: object, message: string) =>
      void lines.push({ level, facts, message, at: performance.now(), instance });
    return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
  };
  const log = logOf('');
  const [db, simulator] = await Promise.all([
    database('trade-executor'),
    simulated === 'own_process' ? simulatorProcess() : startSimulator(simulated),
  ]);
  const vault = fakeVault();
  const pools: ReturnType<typeof createPool>[] = [];
  const running: Executor[] = [];
  let statements = 0;
  const newPool = () => {
    const pool = createPool({ url: db.url, applicationName: 'executor-spec', max: 12, log });
    pools.push(pool);
    pool.on('connect', (client) => {
      const query = client.query.bind(client) as (...args: unknown[]) => unknown;
      client.query = ((...args: unknown[]) => {
        statements += 1;
        return query(...args);
      }) as typeof client.query;
    });
    return pool;
  };
  const pool = newPool();

  const control = controlOf(simulator);

  const startExecutor = async (instance = 'spec', isFit?: () => boolean, own: ExecutorsOwn = {}): Promise<Executor> => {
    const executor = await createExecutor({
      pool: newPool(),
      rpc: vault.rpc,
      sessions: vault.sessions,
      log: logOf(instance),
      instance,
      venueUrls: simulator.urls,
      ...(of.routes && { routes: of.routes }),
      onAppended: () => undefined,
      mayTrade: () => true,
      betweenBooksMs: of.betweenBooksMs ?? 10,
      ...(isFit && { isFit }),
      ...own,
    });
    executor.start();
    running.push(executor);
    return executor;
  };

  const context = () => ({ actor: 'user:spec', correlationId: randomUUID() });
  const follow = async (executor: Executor, strategyId: StrategyId, userId: string, sizing: Sizing = quote('120')) =>
    executor.useCases.setFollowing({
      strategyId,
      userId: userId as UserId,
      exchange: 'binance',
      environment: 'live',
      marketType: 'spot',
      sizing,
      enabled: true,
      context: context(),
    });

  return {
    vault,
    venueUrls: simulator.urls,
    pool,
    db,
    control,
    lines,
    /** Round trips to Postgres so far, `begin` and `commit` included. */
    statements: () => statements,
    startExecutor,
    context,
    follow,
    /** The owner of the tables, who may do what the executor may not. */
    admin: () => new Client({ connectionString: db.migratorUrl }),
    /** An account at the venue whose key the vault keeps. */
    openAccount: async (userId: string): Promise<string> => {
      const key = { apiKey: randomBytes(32).toString('hex'), apiSecret: randomBytes(32).toString('hex') };
      await control('POST', '/accounts', { exchange: 'binance', ...key });
      vault.keep(userId, key);
      return key.apiKey;
    },
    fanOut: async (executor: Executor, signal: ReturnType<typeof signalReceived>) => {
      await withTransaction(pool, (tx) => executor.fanOut(tx, signal));
      executor.lanes.wake();
      return (signal.event as { data: EventData<'SignalReceived'> }).data.signalId;
    },
    fault: (kind: string, params: object = {}, over: object = {}) =>
      control('POST', '/faults', { kind, params, path: '/api/v3/order', method: 'POST', ...over }),
    book: () => control<readonly BookEntry[]>('GET', '/orders'),
    tradesOf: async (executor: Executor, signalId: SignalId, userId: string) =>
      (await executor.useCases.signalTrades({ signalId, userId: userId as UserId })).trades,
    settled: (executor: Executor, signalId: SignalId, timeoutMs = 20_000) =>
      eventually(
        async () => {
          const open = await pool.query<{ count: number }>(
            'select count(*)::int as count from trades where signal_id = $1 and open',
            [signalId],
          );
          return open.rows[0]?.count === 0 && (await executor.useCases.signalTrades({ signalId, userId: '-' as UserId })).counts;
        },
        { timeoutMs, everyMs: 50 },
      ),
    /** Ends an executor as a crash would: its pauses, its bytes, nothing is awaited or given back. */
    eventTypes: async (tradeId: string): Promise<readonly string[]> =>
      (
        await pool.query<{ type: string }>('select type from events where stream_id = $1 order by version', [`trade-${tradeId}`])
      ).rows.map(({ type }) => type),
    close: async () => {
      vault.setAway(false);
      await Promise.all(running.map((executor) => executor.stop()));
      await Promise.all(pools.map((one) => one.end()));
      await simulator.stop();
      await db.drop();
    },
  };
};

export type ExecutorFixture = Awaited<ReturnType<typeof executorFixture>>;
