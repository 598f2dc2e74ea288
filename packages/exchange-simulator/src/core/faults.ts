import type { Decimal } from '@latchkey/kernel';
import type { SimClock } from './clock.js';
import type { Exchange } from './names.js';
import type { StreamEvent, StreamFaultKind } from './streams/stream-faults.js';

/**
 * DESIGN 11's fault kinds, and two more: `accept-then-error`, an order that is taken and answered with an error code of the venue, and
 * `reject-after-accept`, an order that Bybit acknowledges and then ends as rejected.
 */
export const simulatedFaults = [
  'drop',
  'status',
  'venue-error',
  'rate-limit',
  'delay',
  'clock-skew',
  'accept-late',
  'partial-fill',
  'reject-after-accept',
  'hide-order',
  'accept-then-drop',
  'accept-then-status',
  'accept-then-error',
  'stall-body',
  'garbage',
] as const;
/** What happens to a request. */
export type RequestFaultKind = (typeof simulatedFaults)[number];
/** What happens to a conditional order when its price has come. */
export const algoFaults = ['algo-stuck'] as const;
export type FaultKind = RequestFaultKind | StreamFaultKind | (typeof algoFaults)[number];

/** What a fault waits for; an absent filter matches all, `path` is exact. */
export type FaultFilter = {
  readonly exchange?: Exchange;
  readonly apiKey?: string;
  readonly path?: string;
  readonly method?: string;
  /** Requests that name this order, and frames about it. */
  readonly clientOrderId?: string;
};

export type FaultDraft = FaultFilter & {
  readonly kind: FaultKind;
  /** How many requests (for `hide-order` and `partial-fill`: orders) it hits before it is used up. */
  readonly times: number;
  /** Sleeps this long after it was set. */
  readonly afterMs: number;
  /**
   * Length of `delay`, `accept-late`, `hide-order`, of `rate-limit`'s wait; of `stall-body` (0: until the client ends it); offset of
   * `clock-skew`; of `algo-stuck` (0: for good); of `stream-late`, `stream-reorder` (at most), `stream-silence` (0: for good), the notice of `stream-shutdown`.
   */
  readonly ms: number;
  /** HTTP status; absent where the venue's own is meant (`venue-error`, `accept-then-error`, `rate-limit`). */
  readonly status?: number;
  /** `venue-error` and `accept-then-error`: the venue's number; absent: the venue's "unknown". */
  readonly code?: number;
  /** `venue-error` and `accept-then-error`: words other than the documented ones of the code. */
  readonly message?: string;
  /** `accept-late` only: whether the engine checks the time window once more, as Binance spot does. */
  readonly recheck: boolean;
  /** `partial-fill` only: the part of the order that fills at first, between 0 and 1. */
  readonly share?: Decimal;
  /** Stream kinds only: what the frame must tell; absent: anything about an order. */
  readonly event?: StreamEvent;
};

export type Fault = FaultDraft & { readonly id: number };

/** A request as faults see it. */
export type FaultTarget = {
  readonly exchange: Exchange;
  readonly apiKey: string | undefined;
  readonly path: string;
  readonly method: string;
  readonly clientOrderId?: string;
};

export type Faults = {
  /** @param onMet told when a use of it is taken */
  readonly set: (draft: FaultDraft, onMet?: () => void) => Fault;
  /** One of these kinds that matches: those that name the order first, then the oldest; one use of it is taken. */
  readonly take: <Kind extends FaultKind>(
    kinds: readonly Kind[],
    target: FaultTarget,
    accept?: (fault: Fault) => boolean,
  ) => (Fault & { readonly kind: Kind }) | undefined;
  /** The same without taking a use. */
  readonly peek: (kinds: readonly FaultKind[], target: FaultTarget) => Fault | undefined;
  /** How many were waiting. */
  readonly clear: () => number;
  /** Forgets those that name an order. */
  readonly clearOrders: () => void;
};

const matches = ({ exchange, apiKey, path, method }: FaultFilter, target: FaultTarget): boolean =>
  (exchange === undefined || exchange === target.exchange) &&
  (apiKey === undefined || apiKey === target.apiKey) &&
  (path === undefined || path === target.path) &&
  (method === undefined || method === target.method);

type Waiting = { readonly fault: Fault; readonly fromMs: number; left: number; readonly onMet: () => void };

const nobody = (): void => undefined;

export const createFaults = (clock: Pick<SimClock, 'now'>): Faults => {
  const waiting = new Map<number, Waiting>();
  // Apart and by name: a plan sets thousands, and each request is about one order.
  const ofOrders = new Map<string, Waiting[]>();
  let lastId = 0;

  const find = <Kind extends FaultKind>(kinds: readonly Kind[], target: FaultTarget, accept: (fault: Fault) => boolean) => {
    const named = target.clientOrderId === undefined ? [] : (ofOrders.get(target.clientOrderId) ?? []);
    for (const entries of [named, waiting.values()]) {
      for (const entry of entries) {
        const kind = kinds.find((asked) => asked === entry.fault.kind);
        const due = clock.now() >= entry.fromMs;
        if (kind !== undefined && due && matches(entry.fault, target) && accept(entry.fault)) return { entry, kind };
      }
    }
    return undefined;
  };

  const forget = ({ fault }: Waiting): void => {
    waiting.delete(fault.id);
    if (fault.clientOrderId === undefined) return;
    const left = (ofOrders.get(fault.clientOrderId) ?? []).filter((entry) => entry.fault !== fault);
    if (left.length === 0) ofOrders.delete(fault.clientOrderId);
    else ofOrders.set(fault.clientOrderId, left);
  };

  return {
    set: (draft, onMet = nobody) => {
      const fault = { ...draft, id: (lastId += 1) };
      const entry: Waiting = { fault, fromMs: clock.now() + draft.afterMs, left: draft.times, onMet };
      const { clientOrderId } = draft;
      if (clientOrderId === undefined) waiting.set(fault.id, entry);
      else ofOrders.set(clientOrderId, [...(ofOrders.get(clientOrderId) ?? []), entry]);
      return fault;
    },
    take: <Kind extends FaultKind>(
      kinds: readonly Kind[],
      target: FaultTarget,
      accept: (fault: Fault) => boolean = () => true,
    ) => {
      const found = find(kinds, target, accept);
      if (found === undefined) return undefined;
      found.entry.left -= 1;
      if (found.entry.left === 0) forget(found.entry);
      found.entry.onMet();
      return { ...found.entry.fault, kind: found.kind };
    },
    peek: (kinds, target) => find(kinds, target, () => true)?.entry.fault,
    clear: () => {
      const count = [...ofOrders.values()].reduce((sum, entries) => sum + entries.length, waiting.size);
      waiting.clear();
      ofOrders.clear();
      return count;
    },
    clearOrders: () => ofOrders.clear(),
  };
};
