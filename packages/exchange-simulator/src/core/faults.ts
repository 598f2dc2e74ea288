import type { SimClock } from './clock.js';
import type { Exchange } from './names.js';

/** Faults that this simulator can play; DESIGN 11 names more, which the control API refuses until they are played. */
export const simulatedFaults = [
  'drop',
  'accept-then-drop',
  'accept-then-status',
  'accept-late',
  'status',
  'delay',
  'hide-order',
] as const;
export type FaultKind = (typeof simulatedFaults)[number];

/** What a fault waits for; an absent filter matches all, `path` is exact. */
export type FaultFilter = {
  readonly exchange?: Exchange;
  readonly apiKey?: string;
  readonly path?: string;
  readonly method?: string;
};

export type FaultDraft = FaultFilter & {
  readonly kind: FaultKind;
  /** How many requests (for `hide-order`: orders) it hits before it is used up. */
  readonly times: number;
  /** Sleeps this long after it was set. */
  readonly afterMs: number;
  /** Length of `delay`, `accept-late` and `hide-order`. */
  readonly ms: number;
  /** HTTP status of `status` and `accept-then-status`. */
  readonly status: number;
  /** `accept-late` only: whether the engine checks the time window once more, as Binance spot does. */
  readonly recheck: boolean;
};

export type Fault = FaultDraft & { readonly id: number };

/** A request as faults see it. */
export type FaultTarget = {
  readonly exchange: Exchange;
  readonly apiKey: string | undefined;
  readonly path: string;
  readonly method: string;
};

export type Faults = {
  readonly set: (draft: FaultDraft) => Fault;
  /** The oldest fault of one of these kinds that matches; one use of it is taken. */
  readonly take: (kinds: readonly FaultKind[], target: FaultTarget, accept?: (fault: Fault) => boolean) => Fault | undefined;
  /** How many were waiting. */
  readonly clear: () => number;
};

const matches = ({ exchange, apiKey, path, method }: FaultFilter, target: FaultTarget): boolean =>
  (exchange === undefined || exchange === target.exchange) &&
  (apiKey === undefined || apiKey === target.apiKey) &&
  (path === undefined || path === target.path) &&
  (method === undefined || method === target.method);

export const createFaults = (clock: Pick<SimClock, 'now'>): Faults => {
  const waiting = new Map<number, { readonly fault: Fault; readonly fromMs: number; left: number }>();
  let lastId = 0;
  return {
    set: (draft) => {
      const fault = { ...draft, id: (lastId += 1) };
      waiting.set(fault.id, { fault, fromMs: clock.now() + draft.afterMs, left: draft.times });
      return fault;
    },
    take: (kinds, target, accept = () => true) => {
      for (const [id, entry] of waiting) {
        const { fault, fromMs } = entry;
        if (!kinds.includes(fault.kind) || clock.now() < fromMs || !matches(fault, target) || !accept(fault)) continue;
        entry.left -= 1;
        if (entry.left === 0) waiting.delete(id);
        return fault;
      }
      return undefined;
    },
    clear: () => {
      const count = waiting.size;
      waiting.clear();
      return count;
    },
  };
};
