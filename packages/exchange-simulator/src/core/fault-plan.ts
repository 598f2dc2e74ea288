import { decimal, type Decimal } from '@latchkey/kernel';
import { simulatedFaults, type FaultDraft, type FaultKind } from './faults.js';
import type { Exchange } from './names.js';
import type { Market } from './order.js';
import { seededRandom, type SeededRandom } from './seeded-random.js';
import { streamFaults } from './streams/stream-faults.js';

/** Every kind that can happen to one order; `stream-refuse` happens to a connection. */
export const plannedKinds: readonly FaultKind[] = [
  ...simulatedFaults,
  ...streamFaults.filter((kind) => kind !== 'stream-refuse'),
];

type Range = readonly [least: number, most: number];

/** Which orders meet faults, and which. */
export type FaultPlan = {
  readonly seed: number;
  /** Of all orders, between 0 and 1. */
  readonly share: number;
  /** Faults of one order: one to so many, each of another kind. */
  readonly most: number;
  /** How likely each kind is beside the others. */
  readonly kinds: Partial<Readonly<Record<FaultKind, number>>>;
  /** How many of the faults that a look-up can meet as well as the order meet the look-up; between 0 and 1. */
  readonly lookUpShare: number;
  /** Milliseconds, where they are not the kind's usual ones. */
  readonly ms: Partial<Readonly<Record<FaultKind, Range>>>;
  readonly exchange?: Exchange;
  readonly apiKey?: string;
};

/** An order that has just arrived, as the plan sees it. */
export type ArrivedOrder = {
  readonly exchange: Exchange;
  readonly market: Market;
  readonly apiKey: string;
  readonly path: string;
  readonly clientOrderId: string;
};

/**
 * Lengths within what the venues' own rules leave possible: an order that is held up enters while its window is open (the venue takes it
 * no later where it looks twice), look-ups lag less than the ten seconds that DESIGN 5 waits, and a clock is off by less than would stop
 * all trading. Whoever wants worse says so in `ms`.
 */
const usualMs: Partial<Readonly<Record<FaultKind, Range>>> = {
  delay: [50, 2_000],
  'clock-skew': [200, 1_500],
  'rate-limit': [1_000, 1_000],
  'accept-late': [100, 4_000],
  'hide-order': [200, 6_000],
  'stall-body': [500, 3_000],
  'stream-late': [50, 4_000],
  'stream-reorder': [500, 3_000],
  'stream-silence': [1_000, 20_000],
  'stream-shutdown': [0, 500],
};
const shares: readonly Decimal[] = ['0.1', '0.25', '0.5', '0.75', '0.9'].map(decimal);
const statuses: Partial<Readonly<Record<FaultKind, readonly number[]>>> = {
  status: [500, 502, 503, 504, 520, 524],
  'accept-then-status': [408, 500, 502, 503, 504, 520, 524],
};

/** Codes that say nothing of what became of the order (`exchange-facts.md` 3.5 and 4.5, "maybe"): they may follow an order that was taken. */
const open: Readonly<Record<`${Exchange} ${Market}`, readonly number[]>> = {
  'binance spot': [-1000, -1001, -1006, -1007],
  'binance linear': [-1000, -1006, -1007],
  'bybit spot': [10000, 10016, 170001, 170007, 170032, 170146, 170149, 170234],
  'bybit linear': [10000, 10016],
};
/** Codes with which the venue says, truthfully here, that it did not take the order. */
const refused: typeof open = {
  'binance spot': [-1008, -1021, -2010],
  'binance linear': [-1001, -1008, -1021, -2019],
  'bybit spot': [10002, 170131, 170222],
  'bybit linear': [10002, 110007],
};

const bybitOnly: readonly FaultKind[] = ['reject-after-accept', 'stream-filled-twice'];
const binanceOnly: readonly FaultKind[] = ['stream-shutdown'];
/** Kinds that a look-up can meet too; what its answer is lost by is lost as well by these. */
const lookUpKinds: readonly FaultKind[] = ['drop', 'status', 'rate-limit', 'delay', 'stall-body', 'garbage', 'hide-order'];

const suits = (kind: FaultKind, exchange: Exchange): boolean => !(exchange === 'bybit' ? binanceOnly : bybitOnly).includes(kind);

const pick = <Item>(random: SeededRandom, items: readonly Item[]): Item | undefined => items[random.below(items.length)];
const within = (random: SeededRandom, [least, most]: Range): number => least + random.below(most - least + 1);
const chance = (random: SeededRandom, share: number): boolean => random.below(1_000_000) < share * 1_000_000;

type Weighed = readonly (readonly [kind: FaultKind, weight: number])[];
const precision = 1_000_000;
/** One of them, by weight. */
const weighed = (random: SeededRandom, candidates: Weighed): FaultKind | undefined => {
  let left = (random.below(precision) / precision) * candidates.reduce((total, [, weight]) => total + weight, 0);
  for (const [kind, weight] of candidates) {
    left -= weight;
    if (left < 0) return kind;
  }
  return candidates.at(-1)?.[0];
};

/** 32 bits of a text (FNV-1a): each order has a sequence of its own, whatever comes before it. */
const hashOf = (text: string): number => {
  let hash = 0x811c9dc5;
  for (const letter of text) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193);
  return hash >>> 0;
};

const isStream = (kind: FaultKind): boolean => streamFaults.some((known) => known === kind);

/** The fault in full: bound to this order, used once. */
const faultOf = (plan: FaultPlan, order: ArrivedOrder, kind: FaultKind, random: SeededRandom): FaultDraft => {
  const { exchange, market, apiKey, path, clientOrderId } = order;
  const venue = `${exchange} ${market}` as const;
  const onLookUp = chance(random, plan.lookUpShare) && lookUpKinds.includes(kind);
  const range = plan.ms[kind] ?? usualMs[kind];
  const length = range === undefined ? 0 : within(random, range);
  const status = pick(random, statuses[kind] ?? []) ?? (kind === 'stall-body' || kind === 'garbage' ? 200 : undefined);
  const codes = kind === 'venue-error' ? [...open[venue], ...refused[venue]] : kind === 'accept-then-error' ? open[venue] : [];
  const code = pick(random, codes);
  return {
    exchange,
    apiKey,
    clientOrderId,
    kind,
    times: 1,
    afterMs: 0,
    ms: kind === 'clock-skew' && chance(random, 0.5) ? -length : length,
    // Binance spot looks at the window again; a late order that it should have refused would be the simulator's lie.
    recheck: exchange === 'binance' && market === 'spot',
    ...(isStream(kind) ? {} : onLookUp ? { method: 'GET' } : { method: 'POST', path }),
    ...(kind === 'partial-fill' ? { share: pick(random, shares) ?? decimal('0.5') } : {}),
    ...(status === undefined ? {} : { status }),
    ...(code === undefined ? {} : { code }),
  };
};

/** The faults that the plan has for this order: the same for the same seed and order, whichever order comes first. */
export const drawFaults = (plan: FaultPlan, order: ArrivedOrder): readonly FaultDraft[] => {
  const { exchange, market, apiKey, clientOrderId } = order;
  const random = seededRandom(hashOf([plan.seed, exchange, market, apiKey, clientOrderId].join(' ')));
  random.below(2); // the first number of neighbouring seeds is alike
  if (!chance(random, plan.share)) return [];
  const count = 1 + random.below(plan.most);
  const drawn: FaultDraft[] = [];
  let candidates: Weighed = plannedKinds
    .map((kind) => [kind, plan.kinds[kind] ?? 0] as const)
    .filter(([kind, weight]) => weight > 0 && suits(kind, exchange));
  while (drawn.length < count && candidates.length > 0) {
    const kind = weighed(random, candidates);
    if (kind === undefined) break;
    drawn.push(faultOf(plan, order, kind, random));
    candidates = candidates.filter(([other]) => other !== kind);
  }
  return drawn;
};
