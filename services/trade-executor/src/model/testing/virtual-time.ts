import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import type { CancelTimer, SimClock } from '@latchkey/exchange-simulator';

type Entry = { readonly at: number; readonly seq: number; readonly run: () => void; cancelled: boolean };

/** Everything that will happen, in order of time and then of being planned. */
const createAgenda = () => {
  const heap: Entry[] = [];
  const before = (a: Entry, b: Entry): boolean => a.at < b.at || (a.at === b.at && a.seq < b.seq);
  const swap = (i: number, j: number): void => {
    const [a, b] = [heap[i] as Entry, heap[j] as Entry];
    heap[i] = b;
    heap[j] = a;
  };
  return {
    push: (entry: Entry): void => {
      heap.push(entry);
      for (let i = heap.length - 1; i > 0;) {
        const parent = (i - 1) >> 1;
        if (!before(heap[i] as Entry, heap[parent] as Entry)) return;
        swap(i, parent);
        i = parent;
      }
    },
    pop: (): Entry | undefined => {
      const first = heap[0];
      const last = heap.pop();
      if (!first || !last || heap.length === 0) return first;
      heap[0] = last;
      for (let i = 0; ;) {
        const left = 2 * i + 1;
        let least = i;
        for (const child of [left, left + 1])
          if (child < heap.length && before(heap[child] as Entry, heap[least] as Entry)) least = child;
        if (least === i) return first;
        swap(i, least);
        i = least;
      }
    },
  };
};

/** Called in an async function: resolves when no promise has anything left to do. */
const settled = (): Promise<void> =>
  new Promise((resolve) => {
    process.nextTick(resolve);
  });

/**
 * The one clock of a run. Time moves from one planned thing to the next; in between, whatever promises have to do is done. Nothing waits in
 * real time, so a run is as quick as its work and the same each time.
 */
export const virtualTime = (startMs: number) => {
  const agenda = createAgenda();
  let now = startMs;
  let seq = 0;

  const plan = (delayMs: number, run: () => void): CancelTimer => {
    const entry: Entry = { at: now + Math.max(0, delayMs), seq: (seq += 1), run, cancelled: false };
    agenda.push(entry);
    return () => {
      entry.cancelled = true;
    };
  };

  return {
    now: () => now,
    plan,
    /** The same time as another clock tells it. */
    clockWith: (skewMs: number): SimClock => ({ now: () => now + skewMs, schedule: plan }),
    /** Until `done`, or until so much time has passed; answers whether it was done. */
    runUntil: async (done: () => boolean, mostMs: number): Promise<boolean> => {
      const end = now + mostMs;
      let ended = false;
      plan(mostMs, () => {
        ended = true;
      });
      // What was begun outside of the agenda plans its own first steps.
      await settled();
      while (!ended && !done()) {
        const next = agenda.pop();
        if (!next) break;
        if (next.cancelled) continue;
        now = next.at;
        next.run();
        await settled();
      }
      if (!done()) now = Math.max(now, end);
      return done();
    },
  };
};

export type VirtualTime = ReturnType<typeof virtualTime>;

/** What a process hears: its own timers, and answers from outside. */
type Heard = () => void;

/**
 * A process of the model: it hears nothing while it is frozen and hears all of it when it thaws, and it hears nothing more once it crashed,
 * whatever it was waiting for. What it had sent by then is on its way all the same.
 */
export const virtualProcess = (name: string, time: VirtualTime, skewMs: number) => {
  let state: 'running' | 'frozen' | 'crashed' = 'running';
  let missed: Heard[] = [];
  const self = {
    name,
    time,
    clock: { now: () => time.now() + skewMs },
    state: () => state,
    /** Runs `work` as this process: its timers are virtual from then on. */
    run: <T>(work: () => T): T => running.run(self, work),
    hear: (heard: Heard): void => {
      if (state === 'running') running.run(self, heard);
      else if (state === 'frozen') missed.push(heard);
    },
    crash: (): void => {
      state = 'crashed';
      missed = [];
    },
    freeze: (): void => {
      if (state === 'running') state = 'frozen';
    },
    thaw: (): void => {
      if (state !== 'frozen') return;
      state = 'running';
      // One by one, as an event loop hands them out.
      for (const heard of missed) time.plan(0, () => self.hear(heard));
      missed = [];
    },
  };
  return self;
};

export type VirtualProcess = ReturnType<typeof virtualProcess>;

const running = new AsyncLocalStorage<VirtualProcess>();

/** The process that the running code belongs to; none: the model itself, or the test runner. */
export const currentProcess = (): VirtualProcess | undefined => running.getStore();

type Handle = { cancel: CancelTimer; cancelled: boolean; readonly unref: () => Handle; readonly ref: () => Handle };

const startTimer = (self: VirtualProcess, delayMs: number, run: () => void): Handle => {
  // `AsyncLocalStorage.bind` does the same and costs several times as much.
  const context = new AsyncResource('virtual timer');
  const handle: Handle = { cancel: () => undefined, cancelled: false, unref: () => handle, ref: () => handle };
  handle.cancel = self.time.plan(delayMs, () => self.hear(() => void (handle.cancelled || context.runInAsyncScope(run))));
  return handle;
};

const stopTimer = (handle: unknown): void => {
  const timer = handle as Handle;
  timer.cancelled = true;
  timer.cancel();
};

const isOurs = (handle: unknown): boolean => typeof handle === 'object' && handle !== null && 'cancelled' in handle;

/** Gives virtual processes virtual timers; everybody else keeps the real ones. @returns puts the real ones back */
export const installVirtualTimers = (): (() => void) => {
  const real = { setTimeout, clearTimeout, setImmediate, clearImmediate };
  const virtual = {
    setTimeout: (run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) => {
      const self = currentProcess();
      // As Node does: whole milliseconds, and nothing is due within the same one.
      return self ? startTimer(self, Math.max(1, Math.trunc(ms)), () => run(...args)) : real.setTimeout(run, ms, ...args);
    },
    setImmediate: (run: (...args: unknown[]) => void, ...args: unknown[]) => {
      const self = currentProcess();
      return self ? startTimer(self, 0, () => run(...args)) : real.setImmediate(run, ...args);
    },
    clearTimeout: (handle: never) => (isOurs(handle) ? stopTimer(handle) : real.clearTimeout(handle)),
    clearImmediate: (handle: never) => (isOurs(handle) ? stopTimer(handle) : real.clearImmediate(handle)),
  };
  Object.assign(globalThis, virtual);
  // Lost connections are thousands of errors, of which nobody reads the stack.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  return () => {
    Object.assign(globalThis, real);
    Error.stackTraceLimit = stackTraceLimit;
  };
};
