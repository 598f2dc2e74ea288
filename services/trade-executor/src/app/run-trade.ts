import type { HeldLease } from '@latchkey/event-store';
import type { TradeId } from '@latchkey/kernel';
import { passing } from '@latchkey/tracing';
import type { TradeRequest } from '../domain/trade/events.js';
import { closes } from '../domain/trade/intent.js';
import { isSettled } from '../domain/trade/state.js';
import { followOrder } from './follow-order.js';
import { marketNotServed } from './market-refusals.js';
import type { LoadedTrade } from './ports/trades.js';
import { settleTrade } from './settle-trade.js';
import { submitTrade } from './submit-trade.js';
import type { TradeDeps, TradeRun } from './trade-run.js';
import { inTrade } from '../telemetry/trade-spans.js';

/** An attempt without an outcome that this run did not make: whoever made it died, or lost the partition, with the bytes under way. */
const giveUpOnOutcome = async ({ of, lease }: TradeRun, { trades }: TradeDeps): Promise<LoadedTrade> => {
  if (of.trade.status !== 'submitted') return of;
  const { attempt } = of.trade.attempt;
  return (
    await trades.apply(
      of,
      { type: 'RecordUnknown', data: { attempt, cause: 'executor_stopped', venueSaidUnknown: false } },
      lease,
    )
  ).after;
};

const notServedPauseMs = 30_000;

/** What was not sent is denied. An order that may stand cannot be ended without its venue: it waits for a process that serves it. */
const withoutVenue = async (
  of: LoadedTrade,
  request: TradeRequest,
  lease: HeldLease,
  { trades, pause, log }: TradeDeps,
): Promise<LoadedTrade> => {
  const { exchange, environment, marketType } = request;
  const market = `${exchange} ${environment} ${marketType}`;
  if (of.trade.status === 'requested') {
    return (await trades.apply(of, { type: 'Deny', data: marketNotServed(request) }, lease)).after;
  }
  log.error({ tradeId: of.tradeId, market }, 'an order may stand at a market that is not served here; it waits');
  await pause(notServedPauseMs);
  return of;
};

const step = (run: TradeRun, deps: TradeDeps): Promise<LoadedTrade> => {
  switch (run.of.trade.status) {
    case 'requested':
      return submitTrade(run, deps);
    case 'submitted':
      return giveUpOnOutcome(run, deps);
    case 'unknown':
      return settleTrade(run, deps);
    case 'accepted':
      return followOrder(run, deps);
    default:
      return Promise.resolve(run.of);
  }
};

/** What closes keeps its turn while its order is under way: an order beside it could sell the same again. */
const inTurn = async (
  { of, request }: TradeRun,
  { turns }: TradeDeps,
  work: () => Promise<LoadedTrade>,
): Promise<LoadedTrade> => {
  // After a failure, or by another process: it had its turn when its order was decided.
  if (closes(request) && of.trade.status !== 'requested') turns.take(request);
  let keeps = false;
  try {
    const after = await work();
    keeps = closes(request) && after.trade.status !== 'requested' && !isSettled(after.trade);
    return after;
  } finally {
    if (!keeps) turns.leave(request);
  }
};

/**
 * Works on one trade until it is settled. Start and recovery are the same path: it begins from whatever stands in Postgres.
 *
 * @throws {EventStoreError} `event_store.lease_lost` (another executor goes on), `event_store.version_conflict`, `event_store.database_unavailable`
 * @throws {ExecutorError} `executor.stopping`
 */
export const runTrade =
  (deps: TradeDeps) =>
  async (tradeId: TradeId, lease: HeldLease): Promise<void> => {
    passing('trade-taken');
    let of = await deps.trades.load(tradeId);
    while (!isSettled(of.trade)) {
      if (of.trade.status === 'none') return;
      const { request } = of.trade;
      const exchange = deps.exchanges(request);
      if (!exchange) {
        of = await withoutVenue(of, request, lease, deps);
        continue;
      }
      const run: TradeRun = { of, request, exchange, lease };
      of = await inTurn(run, deps, () => inTrade(run.of, request, () => step(run, deps)));
    }
    deps.log.info({ tradeId, status: of.trade.status }, 'trade settled');
  };
