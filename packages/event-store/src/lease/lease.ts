import { messageOf } from '@latchkey/kernel';
import type { Pool } from 'pg';
import type { Log } from '../log.js';
import { claimLeases, releaseLeases, renewLeases, type HeldLease } from './leases.js';

export type LeaseOptions = {
  readonly pool: Pool;
  readonly name: string;
  /** Unique per process. */
  readonly holder: string;
  readonly ttlMs: number;
  readonly log: Pick<Log, 'info' | 'warn'>;
  readonly onTaken?: (lease: HeldLease) => void;
  readonly onLost?: () => void;
  /** False while the holder could do nothing with it: it is left to others then. */
  readonly isFit?: () => boolean;
};

/** A lease that one process tries to take and then keeps. */
export type Lease = {
  /** What is held right now, as far as this process knows; writes must still assert it (`assertLease`). */
  readonly held: () => HeldLease | undefined;
  /** One try to take or prolong it. */
  readonly refresh: () => Promise<HeldLease | undefined>;
  /** Refreshes every third of its time. */
  readonly start: () => void;
  readonly stop: () => Promise<void>;
};

export const createLease = ({ pool, name, holder, ttlMs, log, onTaken, onLost, isFit = () => true }: LeaseOptions): Lease => {
  let held: HeldLease | undefined;
  let timer: NodeJS.Timeout | undefined;
  let refreshing: Promise<HeldLease | undefined> = Promise.resolve(undefined);

  const renew = async (lease: HeldLease) => {
    [held] = await renewLeases(pool, { leases: [lease], holder, ttlMs });
    if (held) return;
    log.warn({ lease: name, holder }, 'another process took this lease over');
    onLost?.();
  };
  const claim = async () => {
    [held] = await claimLeases(pool, { names: [name], holder, ttlMs });
    if (!held) return;
    log.info({ lease: name, holder, epoch: held.epoch }, 'lease taken');
    onTaken?.(held);
  };
  const leave = async () => {
    const left = held;
    held = undefined;
    if (!left) return;
    log.info({ lease: name, holder }, 'lease left to others');
    onLost?.();
    await releaseLeases(pool, [left]);
  };
  const keep = (): Promise<void> => {
    if (!isFit()) return leave();
    return held ? renew(held) : claim();
  };
  const refresh = (): Promise<HeldLease | undefined> => {
    refreshing = refreshing
      .catch(() => undefined)
      .then(async () => {
        await keep();
        return held;
      });
    return refreshing;
  };
  const schedule = () => {
    timer = setTimeout(() => {
      refresh()
        .catch((error: unknown) =>
          log.warn({ lease: name, reason: messageOf(error) }, 'a lease could not be refreshed; it is tried again'),
        )
        .finally(() => {
          if (timer) schedule();
        });
    }, ttlMs / 3);
  };

  return {
    held: () => held,
    refresh,
    start: () => {
      if (timer) return;
      schedule();
      void refresh().catch((error: unknown) =>
        log.warn({ lease: name, reason: messageOf(error) }, 'a lease could not be taken; it is tried again'),
      );
    },
    stop: async () => {
      clearTimeout(timer);
      timer = undefined;
      await refreshing.catch(() => undefined);
      if (held) await releaseLeases(pool, [held]).catch(() => undefined); // it then runs out by itself
      held = undefined;
    },
  };
};
