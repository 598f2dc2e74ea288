import type { SimClock } from '../clock.js';
import { createFixedWindow, type FixedWindow } from '../fixed-window.js';

const windowMs = 300_000;

/** How many connections may be tried in five minutes, per address (or, with one name for all, together). */
export type ConnectLimit = {
  /** Counts an attempt; false when it is one too many. */
  readonly allows: (who: string) => boolean;
};

export const createConnectLimit = (clock: Pick<SimClock, 'now'>, per5Minutes: number): ConnectLimit => {
  const windows = new Map<string, FixedWindow>();
  return {
    allows: (who) => {
      const window = windows.get(who) ?? createFixedWindow(clock, windowMs);
      windows.set(who, window);
      window.add(1);
      return window.used() <= per5Minutes;
    },
  };
};
