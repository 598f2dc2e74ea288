import { systemClock as machineClock, type Clock } from '@latchkey/kernel';

/** Takes a timer back; harmless after it fired. */
export type CancelTimer = () => void;

/** All time of the simulator: the venue's clock, and the timers of faults. */
export type SimClock = Clock & {
  /** Runs `run` once, `delayMs` from now. */
  readonly schedule: (delayMs: number, run: () => void) => CancelTimer;
};

/** The machine's time, for a simulator that serves other processes. */
export const systemClock: SimClock = {
  now: machineClock.now,
  schedule: (delayMs, run) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

/** A clock that stands still until a spec moves it. */
export type ManualClock = SimClock & {
  /** Moves time forward and runs what falls due, in order of due time, then of scheduling; each timer sees its own due time. */
  readonly advance: (ms: number) => void;
  /** Timers that have not fired: how a spec knows that a request has reached its wait. */
  readonly pending: () => number;
};

/** @param startMs milliseconds since the epoch */
export const manualClock = (startMs: number): ManualClock => {
  let nowMs = startMs;
  let scheduled = 0;
  const timers = new Map<number, { readonly dueMs: number; readonly run: () => void }>();

  const nextDue = (untilMs: number): number | undefined => {
    let found: { id: number; dueMs: number } | undefined;
    for (const [id, { dueMs }] of timers)
      if (dueMs <= untilMs && (found === undefined || dueMs < found.dueMs)) found = { id, dueMs };
    return found?.id;
  };

  return {
    now: () => nowMs,
    pending: () => timers.size,
    schedule: (delayMs, run) => {
      const id = (scheduled += 1);
      timers.set(id, { dueMs: nowMs + delayMs, run });
      return () => timers.delete(id);
    },
    advance: (ms) => {
      const untilMs = nowMs + ms;
      for (let id = nextDue(untilMs); id !== undefined; id = nextDue(untilMs)) {
        const timer = timers.get(id);
        timers.delete(id);
        nowMs = Math.max(nowMs, timer?.dueMs ?? nowMs);
        timer?.run();
      }
      nowMs = untilMs;
    },
  };
};
