import { randomInt, randomUUID } from 'node:crypto';
import { InvariantError, systemClock, type Clock } from '@latchkey/kernel';
import type { RpcClient } from '@latchkey/messaging';
import { readDeadLetters } from '@latchkey/event-store';
import type { Pool } from 'pg';
import { publicAddresses, systemRoute, type EgressRoute } from './adapters/exchange/egress-route.js';
import { openVenues, type VenueUrls } from './adapters/exchange/venues.js';
import { openOrderStreams } from './adapters/exchange/streams/order-streams.js';
import { createVaultClient } from './adapters/nats/vault-client.js';
import type { VaultSessions } from './adapters/nats/vault-sessions.js';
import { createBars } from './adapters/postgres/bars.js';
import { createBooks } from './adapters/postgres/books.js';
import { countEarlierTrades } from './adapters/postgres/count-earlier-trades.js';
import { createBookNotices, readPositions } from './adapters/postgres/drifts.js';
import { createExecutorStore } from './adapters/postgres/executor-store.js';
import { createHolders, fanOutRows } from './adapters/postgres/fan-out-rows.js';
import { createFollowings } from './adapters/postgres/followings.js';
import { createHalts } from './adapters/postgres/halts.js';
import { createHoldings } from './adapters/postgres/holdings.js';
import { createRestoredAt, projectImported } from './adapters/postgres/imported-events.js';
import { createEgressAddresses } from './adapters/postgres/egress-addresses.js';
import { createPaperBooks } from './adapters/postgres/paper-books.js';
import { createPartitionLeases } from './adapters/postgres/partition-leases.js';
import { createRateRows } from './adapters/postgres/rate-rows.js';
import { createResults } from './adapters/postgres/results.js';
import { createTradeLog } from './adapters/postgres/trade-log.js';
import { createTradeQueue } from './adapters/postgres/trade-queue.js';
import { createUnprovenTrades } from './adapters/postgres/unproven-trades.js';
import { createTradeViews } from './adapters/postgres/trade-views.js';
import { createNotices, recordParkedSignal } from './adapters/postgres/notices.js';
import { createStanding } from './adapters/postgres/work-standing.js';
import { removeFollowing, setFollowing } from './app/change-following.js';
import { fanOut } from './app/fan-out.js';
import { haltTrading, resumeTrading, setRiskLimits } from './app/halt-trading.js';
import type { Log } from './app/ports/work.js';
import { knownKeys } from './app/known-keys.js';
import { keepBooks } from './app/reconciliation/keep-books.js';
import { reconcileHoldings } from './app/reconciliation/reconcile-holdings.js';
import { reconcileOrders } from './app/reconciliation/reconcile-orders.js';
import { permitsBesidePaper, streamsBesidePaper, vaultBesidePaper } from './app/paper/beside-paper.js';
import { paperAccounts } from './app/paper/paper-accounts.js';
import { withPaper } from './app/paper/paper-market.js';
import { previewSignal } from './app/preview-signal.js';
import { createPace } from './app/pace.js';
import { pacedExchanges } from './app/paced-exchanges.js';
import { limiterStandings } from './app/rate-limits/limiter-standings.js';
import { createRateLimiter } from './app/rate-limits/rate-limiter.js';
import { reportPerformance } from './app/report-performance.js';
import { verifyCredential } from './app/verify-credential.js';
import { venueStandings } from './app/venue-standings.js';
import { watchWork } from './app/watch-work.js';
import { workOnTrades } from './app/work-on-trades.js';
import { defaultAges, recvWindowMs, type AgePolicy } from './domain/trade/policy.js';
import { createLimiterFigures, observeLimiter } from './telemetry/limiter-figures.js';
import { momentsOf } from './telemetry/moments-of.js';
import { observeExecutor } from './telemetry/observe-executor.js';
import { observedExchanges } from './telemetry/observed-exchange.js';
import { tracedFanOut } from './telemetry/traced-fan-out.js';
import { tracedVault } from './telemetry/traced-vault.js';
import { countedTrades } from './telemetry/trade-figures.js';

export type ExecutorOptions = {
  readonly pool: Pool;
  readonly rpc: Pick<RpcClient, 'call'>;
  readonly sessions: VaultSessions;
  readonly log: Log;
  readonly instance: string;
  /** Where the simulated venues listen; none: the venues themselves. */
  readonly venueUrls: VenueUrls;
  /** The ways out to the venues; the system's own by default. */
  readonly routes?: readonly EgressRoute[];
  /** False: the (simulated) venues have no limits. */
  readonly keepLimits?: boolean;
  /** Called after each commit that appended events. */
  readonly onAppended: () => void;
  /** False while it is not known whether this database is the newest there is. */
  readonly mayTrade: () => boolean;
  /** False while this process reaches too little to trade (no vault): others take its partitions over. */
  readonly isFit?: () => boolean;
  readonly clock?: Clock;
  readonly ages?: AgePolicy;
  /** How old a balance may be that an order is sized by. */
  readonly maxBalanceAgeMs?: number;
  /** Between the comparisons of two accounts' books: they cost up to 60 each of the 6,000 a minute that all users share. */
  readonly betweenBooksMs?: number;
};

/** Connect and headers of a request to a venue. */
const venueTimeoutMs = 8_000;

/** 0 to 1, for moments and turns that should not fall together. */
const random = (): number => randomInt(2 ** 47) / 2 ** 47;

/** Joins the use cases to Postgres, the vault and the venues; who calls them (NATS, the consumer of signals) comes from outside. */
export const createExecutor = async ({
  pool,
  rpc,
  sessions,
  log,
  instance,
  venueUrls,
  routes = [systemRoute],
  keepLimits = true,
  onAppended,
  mayTrade,
  isFit = () => true,
  clock = systemClock,
  ages = defaultAges,
  maxBalanceAgeMs,
  betweenBooksMs = 1_000,
}: ExecutorOptions) => {
  const store = createExecutorStore(clock);
  // A process that was started again under the same name must not pass for the one that died.
  const holder = `${instance}/${randomUUID()}`;
  const rows = createRateRows(pool);
  const addresses = routes.map(({ address }) => address);
  const egress = createEgressAddresses({ pool, holder, addresses, log, also: rows.prune });
  const pace = createPace(clock);
  const permits = createRateLimiter({
    rows,
    clock,
    log,
    addresses,
    sharers: egress.sharers,
    keep: keepLimits,
    mostLeaving: pace.places,
    observed: createLimiterFigures(),
  });
  const venues = await openVenues(venueUrls, {
    clock,
    log,
    recvWindow: recvWindowMs,
    timeoutMs: venueTimeoutMs,
    routes,
    permits,
  });
  const exchanges = momentsOf.exchanges(observedExchanges(pacedExchanges(venues.exchanges, pace)));
  const paper = createPaperBooks(pool, clock);
  const markets = withPaper(exchanges, { books: paper, clock });
  // Before anything is traded: what a close makes depends on what was paid before.
  await countEarlierTrades(pool, store);
  const keys = knownKeys(momentsOf.vault(tracedVault(createVaultClient({ rpc, sessions, clock }))), clock);
  const vault = vaultBesidePaper(keys.vault, clock);
  const routeOf = (userId: string): EgressRoute => {
    const route = routes.find(({ address }) => address === permits.addressOf(userId));
    if (!route) throw new InvariantError('a user’s requests have no way out');
    return route;
  };
  const streams = openOrderStreams({
    venueUrls,
    exchanges: venues.exchanges,
    vault: keys.vault,
    keyOf: keys.keyOf,
    routeOf,
    random,
    log,
  });
  const trades = momentsOf.trades(countedTrades(createTradeLog({ pool, store, afterCommit: onAppended }), clock));
  const followings = createFollowings({ pool, store, afterCommit: onAppended });
  const halts = createHalts({ pool, store, afterCommit: onAppended });
  const views = createTradeViews({ pool, store });

  const holdings = createHoldings(pool, clock.now);
  const work = workOnTrades({
    trades,
    queue: createTradeQueue(pool),
    unproven: createUnprovenTrades(pool),
    leases: createPartitionLeases({ pool, holder }),
    permits: permitsBesidePaper(permits),
    exchanges: markets,
    vault,
    streams: streamsBesidePaper(streams),
    clock,
    log,
    mayTrade,
    isFit,
    restoredAt: createRestoredAt(pool),
    holdings,
    ages,
    ...(maxBalanceAgeMs !== undefined && { maxBalanceAgeMs }),
  });
  let endObserving = (): void => undefined;
  let starting: Promise<void> | undefined;
  let stopped = false;

  const standing = createStanding(pool);
  const standings = venueStandings(venues.markets, clock);
  const waits = limiterStandings(permits.status, clock);
  const bookNotices = createBookNotices({ pool, store, afterCommit: onAppended });
  const books = createBooks(pool);
  const keeping = keepBooks({
    books,
    orders: reconcileOrders({ books, notices: bookNotices, trades, vault, onLateFact: () => work.lanes.wake(), log }),
    holdings: reconcileHoldings({ books, notices: bookNotices, vault, clock, log }),
    exchanges,
    partitions: work.partitions.held,
    clock,
    log,
    mayTrade,
    random,
    gapMs: betweenBooksMs,
  });
  const watch = watchWork({
    standing,
    notices: createNotices({ pool, store, afterCommit: onAppended }),
    venues: standings,
    limits: waits,
    partitions: work.partitions.held,
    clock,
    log,
  });

  return {
    exchanges,
    partitions: work.partitions,
    lanes: work.lanes,
    /** Looks for orders that ended unproven, as far as a look is due. */
    lookForLateOrders: work.lookForLateOrders,
    /** What waits for permits, what is left, and which venues want to be left alone, by host and address. */
    limits: permits.status,
    /** The handler of signals, in the consumer's transaction; afterwards `lanes.wake`. */
    fanOut: momentsOf.fanOut(tracedFanOut(fanOut(fanOutRows(store)))),
    /** For the consumer of signals. */
    onParked: recordParkedSignal(store),
    /** Looks now for what is stuck, without an owner, or kept waiting. */
    watchWork: watch.round,
    /** Compares the books that are due now, or all of them. */
    compareBooks: keeping.round,
    /** For the relay: what follows from events that a restored database got back. */
    onImported: projectImported(store),
    useCases: {
      setFollowing: setFollowing({ followings, exchanges: markets }),
      removeFollowing: removeFollowing({ followings }),
      haltTrading: haltTrading({ halts }),
      resumeTrading: resumeTrading({ halts }),
      setRiskLimits: setRiskLimits({ halts }),
      riskLimits: ({ userId }: { userId: Parameters<typeof halts.limitsOf>[0] }) => halts.limitsOf(userId),
      verifyCredential: verifyCredential({ exchanges, vault: keys.vault, clock, addresses }),
      ...paperAccounts({ books: paper }),
      preview: previewSignal({
        followings,
        holdersOf: createHolders(pool),
        holdings,
        exchanges: markets,
        plan: work.plan,
        barsOf: createBars(pool),
        clock,
      }),
      following: followings.find,
      egressAddresses: async () => ({ addresses: [...publicAddresses(await egress.all())] }),
      deadLetters: () => readDeadLetters(pool),
      work: async () => ({ ...(await standing.read()), venues: [...standings()], limits: [...waits()] }),
      trades: ({
        userId,
        cursor,
        limit,
      }: {
        userId: Parameters<typeof views.list>[0];
        cursor?: string | undefined;
        limit: number;
      }) => views.list(userId, { cursor, limit }),
      trade: ({ userId, tradeId }: { userId: Parameters<typeof views.find>[0]; tradeId: Parameters<typeof views.find>[1] }) =>
        views.find(userId, tradeId),
      positions: ({ userId }: { userId: Parameters<typeof views.list>[0] }) => readPositions(pool, userId),
      performance: reportPerformance({ results: createResults(pool), markets, clock }),
      signalTrades: ({
        userId,
        signalId,
      }: {
        userId: Parameters<typeof views.list>[0];
        signalId: Parameters<typeof views.ofSignal>[0];
      }) => views.ofSignal(signalId, userId),
    },
    start: (): void => {
      egress.start();
      venues.start();
      // What had no owner until now would be gone a moment after this process has taken it.
      starting = watch.start().then(() => {
        if (stopped) return;
        work.start();
        keeping.start();
      });
      const ends = [observeExecutor(pool, standing, venues.markets, clock), observeLimiter(permits.status)];
      endObserving = () => ends.forEach((end) => end());
    },
    /** Ends pauses, lets requests that are under way be answered and recorded, then gives the partitions back. */
    stop: async (): Promise<void> => {
      endObserving();
      stopped = true;
      permits.stop();
      await starting;
      await Promise.all([watch.stop(), keeping.stop()]);
      await work.stop();
      streams.stop();
      venues.stop();
      await egress.stop();
    },
  };
};

export type Executor = Awaited<ReturnType<typeof createExecutor>>;
