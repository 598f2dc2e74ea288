import { messageOf, type Clock } from '@latchkey/kernel';
import type { LimiterStandings, Notices, Standing, UnownedPartition, VenueStandings } from './ports/standing.js';
import type { HeldPartitions, Log } from './ports/work.js';

const everyMs = 5_000;
/** A partition changes hands within seconds; only what stays without a holder for longer is news. */
const unownedAfterMs = 10_000;
/** Short pauses are the venues' daily business; this long, trades are late. */
const pauseWorthTellingMs = 2_000;

export type WatchWorkOptions = {
  readonly standing: Standing;
  readonly notices: Notices;
  readonly venues: VenueStandings;
  readonly limits: LimiterStandings;
  readonly partitions: HeldPartitions;
  readonly clock: Clock;
  readonly log: Log;
};

/** Says aloud what would otherwise only be late: stuck trades, partitions that nobody works on, venues that keep us waiting. */
export const watchWork = ({ standing, notices, venues, limits, partitions, clock, log }: WatchWorkOptions) => {
  const firstSeen = new Map<number, number>();
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let stopped = false;

  const stuckTrades = async (): Promise<void> => {
    const held = [...partitions().keys()];
    if (held.length === 0) return;
    for (const trade of await standing.newlyStuck(held)) {
      await notices.tradeStuck(trade);
      const { tradeId, status, since, message } = trade;
      log.error({ alarm: 'trade.stuck', tradeId, status, since }, message);
    }
  };

  /** The lease's own time where it ran out; where it was given back, the time since we first saw it so. */
  const ageOf = ({ partition, forMs }: UnownedPartition, now: number): number => {
    const since = firstSeen.get(partition) ?? now;
    firstSeen.set(partition, since);
    return Math.max(now - since, forMs ?? 0);
  };

  const unownedPartitions = async (): Promise<void> => {
    const now = clock.now();
    const found = await standing.unowned();
    const missing = new Set(found.map(({ partition }) => partition));
    for (const partition of firstSeen.keys()) if (!missing.has(partition)) firstSeen.delete(partition);
    const aged = found.map((one) => ({ partition: one.partition, ms: ageOf(one, now) }));
    const late = aged.filter(({ ms }) => ms >= unownedAfterMs);
    if (late.length > 0) {
      const ms = Math.max(...late.map((one) => one.ms));
      const numbers = late.map(({ partition }) => partition);
      const since = new Date(now - ms).toISOString();
      await notices.partitions({ type: 'ReportUnowned', data: { partitions: numbers, since } });
      log.error(
        { alarm: 'partitions.unowned', count: numbers.length, since },
        'nobody holds these partitions; their users are not traded for until an executor takes them',
      );
    }
    if (found.length === 0) await notices.partitions({ type: 'ReportOwned', data: {} });
  };

  const pauses = async (): Promise<void> => {
    const now = clock.now();
    for (const { exchange, environment, marketType, pausedUntil } of venues()) {
      if (pausedUntil === null || Date.parse(pausedUntil) - now < pauseWorthTellingMs) continue;
      const data = { exchange, environment, marketType, until: pausedUntil };
      await notices.venuePaused({ type: 'ReportPause', data: { ...data, now } });
    }
  };

  const waits = async (): Promise<void> => {
    for (const { host, environment, address, waiting, oldestSince } of limits()) {
      if (oldestSince === null) continue;
      const data = { host, environment, address, waiting, since: oldestSince, seenAt: new Date(clock.now()).toISOString() };
      await notices.heldBack({ type: 'ReportHeldBack', data });
    }
  };

  const looks = {
    'stuck trades': stuckTrades,
    partitions: unownedPartitions,
    'pauses of venues': pauses,
    'waits for limits': waits,
  };

  /** One that fails does not silence the others. */
  const round = async (): Promise<void> => {
    for (const [what, look] of Object.entries(looks)) {
      await look().catch((error: unknown) => log.warn({ what, reason: messageOf(error) }, 'the work could not be looked at'));
    }
  };

  const begin = (): Promise<void> => {
    running = round().finally(() => {
      if (!stopped) timer = setTimeout(() => void begin(), everyMs);
    });
    return running;
  };

  return {
    round,
    /** Resolves after the first look. */
    start: begin,
    stop: async (): Promise<void> => {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
};
