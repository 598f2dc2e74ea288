import type { HeldLease } from '@latchkey/event-store';
import { isAppError, messageOf, type TradeId } from '@latchkey/kernel';
import { nextSighting, watchMs } from '../domain/settlement/watch-policy.js';
import { openUntilWhole } from './known-fills.js';
import type { UnprovenTrade, UnprovenTrades } from './ports/unproven.js';
import type { HeldPartitions } from './ports/work.js';
import { lookUp } from './settle-trade.js';
import type { TradeDeps } from './trade-run.js';

const everyMs = 15_000;

export type WatchOptions = {
  readonly deps: TradeDeps;
  readonly unproven: UnprovenTrades;
  readonly partitions: HeldPartitions;
  /** Called when an order turned up; it may be open, so that there is work to do. */
  readonly onSighting: () => void;
};

/**
 * Looks, for 24 hours, for orders whose trades ended `unproven`. What there is to watch stands in Postgres, so it outlives the process; only
 * the pauses are counted in memory. A late sighting is recorded like any other fact, and raises an alarm: the user holds a position that
 * nobody counted on.
 */
export const watchUnproven = ({ deps, unproven, partitions, onSighting }: WatchOptions) => {
  const { trades, exchanges, clock, log } = deps;
  const lastLooks = new Map<TradeId, number>();
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let stopped = false;

  const look = async (tradeId: TradeId, lease: HeldLease): Promise<void> => {
    const of = await trades.load(tradeId);
    if (of.trade.status !== 'expired' || !of.trade.attempt) return;
    const { request, attempt } = of.trade;
    const exchange = exchanges(request);
    const venueNow = exchange?.clock.now();
    if (!exchange || venueNow === undefined || exchange.pausedUntil() > 0) return;
    lastLooks.set(tradeId, clock.now());
    const answer = await lookUp({ of, request, exchange, lease }, attempt, venueNow, deps);
    if (answer.outcome !== 'found') return;
    const { orderId, status, filled } = answer.order;
    await trades.apply(
      of,
      {
        type: 'RecordOrder',
        data: { attempt: attempt.attempt, order: openUntilWhole(of.trade, answer.order), foundBy: 'lookup' },
      },
      lease,
    );
    log.error(
      { alarm: 'order.late_sighting', tradeId, orderId, status, filled },
      'an order that was not found before stands at the exchange; its trade had ended as unproven, and now says what is there',
    );
    onSighting();
  };

  const lookIfDue = async ({ tradeId, partition, endedAt }: UnprovenTrade): Promise<void> => {
    const due = nextSighting(endedAt, lastLooks.get(tradeId), clock.now());
    const lease = partitions().get(partition);
    if (!lease || due === undefined || due > clock.now()) return;
    try {
      await look(tradeId, lease);
    } catch (error) {
      if (isAppError(error, 'event_store.lease_lost')) return;
      log.warn({ tradeId, reason: messageOf(error) }, 'an unproven order could not be looked for; it is tried again');
    }
  };

  const round = async (): Promise<void> => {
    const held = [...partitions().keys()];
    const watched = held.length === 0 ? [] : await unproven(held, clock.now() - watchMs);
    const known = new Set(watched.map(({ tradeId }) => tradeId));
    for (const tradeId of lastLooks.keys()) if (!known.has(tradeId)) lastLooks.delete(tradeId);
    await Promise.all(watched.map(lookIfDue));
  };

  const tick = async (): Promise<void> => {
    try {
      await round();
    } catch (error) {
      log.warn({ reason: messageOf(error) }, 'unproven orders could not be read; it is tried again');
    } finally {
      if (!stopped) timer = setTimeout(begin, everyMs);
    }
  };

  const begin = (): void => {
    running = tick();
  };

  return {
    start: begin,
    /** One round now: what is due is looked for. */
    round,
    stop: async (): Promise<void> => {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
};
