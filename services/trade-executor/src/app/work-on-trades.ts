import type { Clock } from '@latchkey/kernel';
import { passing } from '@latchkey/tracing';
import { createBalances } from './balances.js';
import { holdPartitions } from './hold-partitions.js';
import { createPauses } from './pauses.js';
import type { Markets } from './ports/exchange.js';
import { noStreams, type OrderStreams } from './ports/order-streams.js';
import type { PartitionLeases } from './ports/partition-leases.js';
import type { Trades } from './ports/trades.js';
import type { UnprovenTrades } from './ports/unproven.js';
import type { Vault } from './ports/vault.js';
import type { Log, TradeQueue } from './ports/work.js';
import { createPositionModes } from './position-modes.js';
import { runTrade } from './run-trade.js';
import { planOrder } from './plan-order.js';
import type { MarketRules } from '../domain/sizing/market-rules.js';
import type { Planned } from './order-plan.js';
import type { TradeDeps, TradeRun } from './trade-run.js';
import { createVaultGate } from './vault-gate.js';
import { watchUnproven } from './watch-unproven.js';
import { createTurns } from './turns.js';
import { createLanes } from './work-lanes.js';

/** What stands outside of the process: everything else about the work is joined here, for production and for the model alike. */
export type WorkOptions = Pick<TradeDeps, 'mayTrade' | 'restoredAt' | 'holdings' | 'ages' | 'permits'> & {
  readonly trades: Trades;
  readonly queue: TradeQueue;
  readonly unproven: UnprovenTrades;
  readonly leases: PartitionLeases;
  /** False while this process reaches too little to trade: others take its partitions over. */
  readonly isFit?: () => boolean;
  readonly exchanges: Markets;
  readonly vault: Vault;
  /** Private streams of venues; none: open orders are looked up alone. */
  readonly streams?: OrderStreams;
  /** How old a balance may be that an order is sized by. */
  readonly maxBalanceAgeMs?: number;
  readonly clock: Clock;
  readonly log: Log;
};

/** The work of one executor: which partitions are its own, the trades in them, and the watch over unproven ones. */
export const workOnTrades = ({
  trades,
  queue,
  unproven,
  leases,
  isFit = () => true,
  exchanges,
  vault,
  streams = noStreams,
  clock,
  log,
  mayTrade,
  restoredAt,
  holdings,
  ages,
  permits,
  maxBalanceAgeMs,
}: WorkOptions) => {
  const pauses = createPauses();
  const partitions = holdPartitions({
    leases,
    log,
    isBusy: (partition) => lanes.isBusy(partition),
    onTaken: () => lanes.wake(),
    isFit,
  });
  const deps: TradeDeps = {
    trades,
    exchanges,
    vault,
    gate: createVaultGate({ clock, stateOf: vault.state }),
    positionModes: createPositionModes(),
    balances: createBalances({ vault, clock, ...(maxBalanceAgeMs !== undefined && { maxAgeMs: maxBalanceAgeMs }) }),
    streams,
    holdings,
    turns: createTurns(),
    ages,
    clock,
    pause: pauses.pause,
    permits,
    log,
    mayTrade,
    restoredAt,
  };
  const lanes = createLanes({ queue, partitions: partitions.held, run: runTrade(deps), clock, log });
  const lateOrders = watchUnproven({ deps, unproven, partitions: partitions.held, onSighting: () => lanes.wake() });
  return {
    partitions,
    lanes,
    /** Looks for orders that ended unproven, as far as a look is due. */
    lookForLateOrders: lateOrders.round,
    /** What would be sent for a trade now, in a world that may differ from what is recorded. */
    plan: (
      run: TradeRun,
      rules: MarketRules,
      world: Pick<TradeDeps, 'holdings' | 'trades'>,
      leverage?: number,
    ): Promise<Planned> => planOrder(run, rules, { ...deps, ...world }, leverage),
    start: (): void => {
      partitions.start();
      lanes.start();
      lateOrders.start();
    },
    /** Ends pauses, lets requests that are under way be answered and recorded, then gives the partitions back. */
    stop: async (): Promise<void> => {
      passing('stopping');
      pauses.stop();
      await Promise.all([lateOrders.stop(), lanes.stop()]);
      await partitions.stop();
    },
  };
};
