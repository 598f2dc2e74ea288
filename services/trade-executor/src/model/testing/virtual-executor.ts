import { EventStoreError } from '@latchkey/event-store';
import { InvariantError, messageOf } from '@latchkey/kernel';
import { RpcError } from '@latchkey/messaging';
import type { AnyEvent, Envelope } from '@latchkey/contracts';
import { openBinanceSpot } from '../../adapters/exchange/binance/binance-spot.js';
import { openBinanceUsdm } from '../../adapters/exchange/binance/binance-usdm.js';
import { openBybit } from '../../adapters/exchange/bybit/bybit.js';
import type { OpenVenue } from '../../adapters/exchange/venue.js';
import { permitsBesidePaper, vaultBesidePaper } from '../../app/paper/beside-paper.js';
import { createVaultClient } from '../../adapters/nats/vault-client.js';
import { systemRoute } from '../../adapters/exchange/egress-route.js';
import { fanOut } from '../../app/fan-out.js';
import type { Log } from '../../app/ports/work.js';
import { createRateLimiter } from '../../app/rate-limits/rate-limiter.js';
import type { RateRows } from '../../app/rate-limits/rate-rows.js';
import { workOnTrades } from '../../app/work-on-trades.js';
import { defaultAges, recvWindowMs } from '../../domain/trade/policy.js';
import type { fakeVault } from '../../testing/fake-vault.js';
import type { MemoryStore } from '../../testing/memory-store.js';
import type { Plant, Ports } from './plant.js';
import type { Scene } from './scene.js';
import type { Market, Venue } from './scene-parts.js';
import type { VirtualProcess } from './virtual-time.js';

/** The way of a message to the store or the vault and back. */
export type Passage = {
  readonly thereMs: number;
  readonly backMs: number;
  readonly fate: 'arrives' | 'lost_before' | 'lost_after';
};

export type Surroundings = {
  readonly scene: Scene;
  readonly store: MemoryStore;
  readonly rateRows: RateRows;
  readonly vault: ReturnType<typeof fakeVault>;
  readonly passage: () => Passage;
  readonly bug: Plant;
  readonly tell: (line: string) => void;
  /** An attempt is on its way to the store. */
  readonly submitting: (process: VirtualProcess) => void;
};

/** As in production: connect and headers. */
const venueTimeoutMs = 8_000;
/** How long a session waits for the vault's answer. */
const patienceMs = 3_000;

const asError = (error: unknown): Error => (error instanceof Error ? error : new InvariantError(messageOf(error)));

/** Does `work` outside of the process, at once when the message arrives; its answer comes back if the process is still there to hear it. */
const elsewhere = <T>(
  process: VirtualProcess,
  { thereMs, backMs, fate }: Passage,
  work: () => Promise<T>,
  noAnswer: (during: string) => { readonly error: Error; readonly afterMs: number },
): Promise<T> =>
  new Promise((resolve, reject) => {
    const silence = (during: string): void => {
      const { error, afterMs } = noAnswer(during);
      process.time.plan(afterMs, () => process.hear(() => reject(error)));
    };
    if (fate === 'lost_before') return silence('query');
    process.time.plan(thereMs, () => {
      const answer = work().then(
        (value) => () => resolve(value),
        (error: unknown) => () => reject(asError(error)),
      );
      void answer.then((heard) => {
        if (fate === 'lost_after') silence('commit');
        else process.time.plan(backMs, () => process.hear(heard));
      });
    });
  });

const openers: Readonly<Record<Venue, Readonly<Record<Market, OpenVenue>>>> = {
  binance: { spot: openBinanceSpot, linear: openBinanceUsdm },
  bybit: { spot: openBybit, linear: openBybit },
};

/** An executor of a run: the app, the deciders, the adapters of venues and the vault's client are the real ones. */
export const virtualExecutor = async (process: VirtualProcess, around: Surroundings) => {
  const { scene, store, rateRows, vault, passage, bug, tell, submitting } = around;
  const log: Log = {
    debug: () => undefined,
    info: () => undefined,
    warn: (facts, message) => tell(`${process.name} warns: ${message} ${JSON.stringify(facts)}`),
    error: (facts, message) => tell(`${process.name} alarms: ${message} ${JSON.stringify(facts)}`),
  };

  const inStore = <T>(work: () => Promise<T>): Promise<T> =>
    elsewhere(process, passage(), work, (during) => ({
      error: new EventStoreError('event_store.database_unavailable', 'the connection to Postgres was cut', { during }),
      afterMs: 50,
    }));
  const inVault = <T>(work: () => Promise<T>): Promise<T> =>
    elsewhere(process, passage(), work, () => ({
      error: new RpcError('rpc.timeout', 'the vault did not answer'),
      afterMs: patienceMs,
    }));

  const permits = createRateLimiter({
    rows: {
      exchange: (asked) => inStore(() => rateRows.exchange(asked)),
      blocked: (keys) => inStore(() => rateRows.blocked(keys)),
    },
    clock: process.clock,
    log,
    addresses: [systemRoute.address],
    sharers: () => scene.executors,
  });
  // Only what the scene needs: each host is asked for its time every five seconds.
  const used = new Set(scene.accounts.map(({ exchange, marketType }) => openers[exchange][marketType]));
  const venues = await Promise.all(
    [...used].map((open) =>
      open({ environment: 'live', clock: process.clock, log, recvWindow: recvWindowMs, timeoutMs: venueTimeoutMs, permits }),
    ),
  );
  const markets = venues.flatMap((venue) => venue.markets);
  const holder = process.name;
  const leases = store.leasesOf(holder);

  const honest: Ports = {
    trades: {
      load: (tradeId) => inStore(() => store.trades.load(tradeId)),
      apply: (of, command, lease) => {
        if (command.type === 'Submit') submitting(process);
        return inStore(() => store.trades.apply(of, command, lease));
      },
    },
    holdings: { of: (request) => inStore(() => store.holdings.of(request)) },
    queue: { next: (partitions, busy, limit) => inStore(() => store.queue.next(partitions, busy, limit)) },
    exchanges: ({ exchange, marketType }) => markets.find((one) => one.exchange === exchange && one.marketType === marketType),
    vault: vaultBesidePaper(
      createVaultClient({
        rpc: { call: (...of: Parameters<typeof vault.rpc.call>) => inVault(() => vault.rpc.call(...of)) } as typeof vault.rpc,
        sessions: { ask: (batch) => inVault(() => vault.sessions.ask(batch)) },
        clock: process.clock,
      }),
      process.clock,
    ),
  };
  const ports = bug.ports?.(honest) ?? honest;
  const work = workOnTrades({
    ...ports,
    unproven: (partitions, since) => inStore(() => store.unproven(partitions, since)),
    leases: {
      countExecutors: (asOne) => inStore(() => leases.countExecutors(asOne)),
      renew: (some) => inStore(() => leases.renew(some)),
      claim: (names, limit) => inStore(() => leases.claim(names, limit)),
      release: (some) => inStore(() => leases.release(some)),
      leave: () => inStore(leases.leave),
    },
    clock: process.clock,
    log,
    ages: defaultAges,
    permits: permitsBesidePaper(permits),
    mayTrade: () => true,
    restoredAt: async () => undefined,
  });
  const handle = fanOut(store.fanOut);

  return {
    process,
    start: (): void => {
      for (const venue of venues) venue.start();
      work.start();
    },
    /** As the consumer does: in one transaction; a delivery that fails comes again. */
    takeSignal: async (signal: { readonly envelope: Envelope; readonly event: AnyEvent }): Promise<void> => {
      try {
        await inStore(() => handle(store.tx, signal));
        work.lanes.wake();
      } catch {
        // The broker delivers it again.
      }
    },
  };
};

export type VirtualExecutor = Awaited<ReturnType<typeof virtualExecutor>>;
