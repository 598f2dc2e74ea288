import type { HeldLease } from '@latchkey/event-store';
import { isAppError, messageOf, type Clock, type TradeId } from '@latchkey/kernel';
import { roomFor } from './lane-room.js';
import type { HeldPartitions, Log, QueuedTrade, TradeQueue } from './ports/work.js';

const pollMs = 250;
const afterFailureMs = 500;
const afterTradeMs = 10;
/** While many lanes are at work, the next trades of those that end are looked for less often. */
const manyLanes = 32;
const afterTradeOfManyMs = pollMs;

export type LanesOptions = {
  readonly queue: TradeQueue;
  readonly partitions: HeldPartitions;
  readonly run: (tradeId: TradeId, lease: HeldLease) => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
};

/**
 * Runs the lowest open trade of each lane of the partitions held here; lanes run side by side. Work is found in Postgres: being woken only
 * makes it quicker.
 */
export const createLanes = ({ queue, partitions, run, clock, log }: LanesOptions) => {
  const busy = new Map<string, { readonly partition: number; readonly begunAt: number; readonly done: Promise<void> }>();
  const restingUntil = new Map<string, number>();
  let timer: NodeJS.Timeout | undefined;
  let looking = false;
  let again = false;
  // A trade has ended since the last look began, and the next look is due soon.
  let ended = false;
  let stopped = false;

  const afterEndMs = (): number => (busy.size > manyLanes ? afterTradeOfManyMs : afterTradeMs);

  const work = async ({ tradeId, lane }: QueuedTrade, lease: HeldLease): Promise<void> => {
    try {
      await run(tradeId, lease);
    } catch (error) {
      restingUntil.set(lane, clock.now() + afterFailureMs);
      if (isAppError(error, 'executor.stopping') || isAppError(error, 'event_store.lease_lost')) return;
      log.warn({ tradeId, reason: messageOf(error) }, 'work on a trade was interrupted; it goes on from what is recorded');
    }
  };

  const begin = (trade: QueuedTrade): void => {
    const lease = partitions().get(trade.partition);
    if (!lease || busy.has(trade.lane) || (restingUntil.get(trade.lane) ?? 0) > clock.now()) return;
    restingUntil.delete(trade.lane);
    const done = work(trade, lease).finally(() => {
      busy.delete(trade.lane);
      lookSoon();
    });
    busy.set(trade.lane, { partition: trade.partition, begunAt: clock.now(), done });
  };

  const look = async (): Promise<void> => {
    const held = [...partitions().keys()];
    const room = roomFor([...busy.values()], clock.now());
    if (held.length === 0 || room === 0) return;
    const resting = [...restingUntil].flatMap(([lane, until]) => (until > clock.now() ? lane : []));
    for (const trade of await queue.next(held, [...busy.keys(), ...resting], room)) begin(trade);
  };

  const pump = async (): Promise<void> => {
    looking = true;
    ended = false;
    clearTimeout(timer);
    try {
      do {
        again = false;
        await look();
      } while (again && !stopped);
    } catch (error) {
      log.warn({ reason: messageOf(error) }, 'open trades could not be read; it is tried again');
    } finally {
      looking = false;
      if (!stopped) timer = setTimeout(wake, ended ? afterEndMs() : pollMs);
    }
  };

  const wake = (): void => {
    if (stopped) return;
    if (looking) again = true;
    else void pump();
  };

  // Trades of one signal end within milliseconds of each other: one look serves all of their lanes.
  const lookSoon = (): void => {
    if (stopped || ended) return;
    ended = true;
    if (looking) return;
    clearTimeout(timer);
    timer = setTimeout(wake, afterEndMs());
  };

  return {
    wake,
    start: wake,
    isBusy: (partition: number): boolean => [...busy.values()].some((one) => one.partition === partition),
    running: (): number => busy.size,
    /** Begins nothing new and waits for what is under way; pauses of trades end early. */
    stop: async (): Promise<void> => {
      stopped = true;
      clearTimeout(timer);
      await Promise.allSettled([...busy.values()].map(({ done }) => done));
    },
  };
};
