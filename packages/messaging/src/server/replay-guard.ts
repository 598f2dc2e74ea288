import { systemClock, type Clock } from '@latchkey/kernel';

export type ReplayGuard = {
  /** `taken`: first time. `seen`: refuse. `full`: too many are remembered; refuse, since forgetting one would let it in twice. */
  readonly take: (jti: string, keepMs: number) => 'taken' | 'seen' | 'full';
  readonly size: () => number;
};

// 20,000 signed requests a second for five seconds; about 15 MB.
const defaultCapacity = 100_000;

/**
 * Remembers message ids for as long as their messages would be taken. In memory and per process: the caller refuses what was signed before
 * the process started, so that a restart forgets nothing.
 */
export const createReplayGuard = ({
  capacity = defaultCapacity,
  clock = systemClock,
}: { readonly capacity?: number; readonly clock?: Clock } = {}): ReplayGuard => {
  const until = new Map<string, number>();
  let nextSweep = 0;

  const sweep = (now: number): void => {
    for (const [jti, expires] of until) if (expires <= now) until.delete(jti);
    nextSweep = now + 1_000;
  };

  return {
    take: (jti, keepMs) => {
      const now = clock.now();
      if (now >= nextSweep) sweep(now);
      if ((until.get(jti) ?? 0) > now) return 'seen';
      if (until.size >= capacity) return 'full';
      until.set(jti, now + keepMs);
      return 'taken';
    },
    size: () => until.size,
  };
};
