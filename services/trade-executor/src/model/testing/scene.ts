import type { SignalStep, Sizing } from '@latchkey/contracts';
import { decimal, type SignalId, type StrategyId, type UserId } from '@latchkey/kernel';
import { drawFaults, type SceneFault } from './scene-faults.js';
import { createRandom, type Random } from './random.js';
import type { Market, SceneAccount, SceneSignal, Venue } from './scene-parts.js';

export const startMs = 1_790_000_000_000;

/** Something that happens to the whole installation, from a moment on and for some time. */
export type SceneTrouble = { readonly id: string; readonly atMs: number; readonly forMs: number } &
  /** `…_at_submit`: not at once, but while the next attempt that it makes is being committed. */
  (
    | { readonly kind: 'crash' | 'freeze' | 'crash_at_submit' | 'freeze_at_submit'; readonly executor: number }
    | { readonly kind: 'vault_away' | 'vault_frozen' }
    | { readonly kind: 'unreachable'; readonly exchange: Venue }
    /** The user deletes the key; it is not taken back. */
    | { readonly kind: 'key_deleted'; readonly user: number }
  );

export type ScenePrice = {
  readonly id: string;
  readonly atMs: number;
  readonly exchange: Venue;
  readonly symbol: string;
  readonly price: string;
};

/** Everything that is drawn beforehand. Latencies and lost messages are drawn on the way, from the same seed. */
export type Scene = {
  readonly seed: number;
  readonly accounts: readonly SceneAccount[];
  readonly signals: readonly SceneSignal[];
  readonly prices: readonly ScenePrice[];
  readonly faults: readonly SceneFault[];
  readonly troubles: readonly SceneTrouble[];
  /** Of each executor's clock, in the order in which they are started. */
  readonly executorSkewsMs: readonly number[];
  readonly venueSkewsMs: Readonly<Record<Venue, number>>;
  readonly executors: number;
  /** Shares of messages that are slow or get lost. */
  readonly rough: { readonly slow: number; readonly lost: number };
  /** From here on nothing goes wrong any more. */
  readonly healedAtMs: number;
};

const symbols = ['BTCUSDT', 'ETHUSDT'] as const;
const uuid = (kind: number, seed: number, i: number): string =>
  `0199${kind.toString(16).padStart(4, '0')}-0000-7000-8000-${seed.toString(16).padStart(8, '0')}${i.toString(16).padStart(4, '0')}`;

const drawSizing = (random: Random, marketType: Market): Sizing =>
  random.chance(0.6)
    ? { mode: 'quote_amount', value: decimal(marketType === 'spot' ? '120' : '300') }
    : { mode: 'base_amount', value: decimal('0.01') };

const drawAccounts = (random: Random, seed: number): readonly SceneAccount[] => {
  const strategies = random.between(1, 2);
  return random.times(random.between(1, 4), (i) => {
    const marketType = random.pick(['spot', 'linear'] as const);
    return {
      userId: `user-${seed}-${i}` as UserId,
      strategyId: uuid(1, seed, i % strategies) as StrategyId,
      exchange: random.pick(['binance', 'bybit'] as const),
      marketType,
      apiKey: `key${i}`.padEnd(20, 'k'),
      apiSecret: `secret${i}`.padEnd(36, 's'),
      positionMode: marketType === 'linear' && random.chance(0.25) ? 'hedge' : 'one-way',
      sizing: drawSizing(random, marketType),
      followsFromMs: random.chance(0.1) ? random.between(0, 15_000) : 0,
    };
  });
};

const step = (action: SignalStep['action'], more: Partial<SignalStep> = {}): SignalStep => ({
  action,
  orderType: 'market',
  ...more,
});

/** What is held on the other side first, as the gateway reads an alert that tells where it leaves the position. */
const into = (side: 'long' | 'short'): readonly SignalStep[] => [
  step('exit', { positionSide: side === 'long' ? 'short' : 'long', implied: true }),
  step(side === 'long' ? 'buy' : 'sell', { positionSide: side }),
];

const drawPart = (random: Random): Partial<SignalStep> =>
  random.chance(0.5)
    ? { quantity: decimal(String(random.between(10, 90))), unit: 'position_percent' }
    : { quantity: decimal(random.pick(['0.001', '0.004', '0.02'])) };

const drawActions = (random: Random, i: number): readonly SignalStep[] => {
  const kind =
    i === 0
      ? 'entry'
      : random.pick(['entry', 'entry', 'entry', 'exit', 'exit', 'exit', 'into', 'into', 'reverse', 'reduce', 'add']);
  const delay = random.chance(0.1) ? { delaySeconds: random.between(1, 8) } : {};
  switch (kind) {
    case 'entry':
      return random.chance(0.25)
        ? into(random.pick(['long', 'short'] as const))
        : [step(random.chance(0.7) ? 'buy' : 'sell', delay)];
    case 'exit':
      return [step('exit', random.chance(0.2) ? { positionSide: random.pick(['long', 'short'] as const) } : {})];
    case 'into':
      return into(random.pick(['long', 'short'] as const));
    case 'reverse':
      return [step('exit'), step('reverse')];
    case 'reduce':
      return [step('reduce', { ...drawPart(random), ...delay })];
    default:
      return [step('add', delay)];
  }
};

const drawSignals = (random: Random, seed: number, accounts: readonly SceneAccount[]): readonly SceneSignal[] => {
  let atMs = 3_000;
  return random.times(random.between(1, 5), (i) => {
    atMs += random.chance(0.3) ? 1 : random.between(50, 7_000);
    return {
      id: `s${i}`,
      atMs,
      signalId: uuid(2, seed, i) as SignalId,
      strategyId: random.pick(accounts).strategyId,
      actions: drawActions(random, i),
      symbol: random.chance(0.8) ? symbols[0] : symbols[1],
    };
  });
};

const drawTroubles = (
  random: Random,
  accounts: number,
  executors: number,
  signals: readonly SceneSignal[],
): readonly SceneTrouble[] =>
  random.times(random.between(0, 3), (i): SceneTrouble => {
    // Mostly in the middle of an order's first steps, where most is at stake.
    const atMs = random.chance(0.6) ? random.pick(signals).atMs + random.between(0, 160) : random.between(2_500, 22_000);
    const at = { id: `t${i}`, atMs, forMs: random.pick([800, 3_000, 7_000, 12_000, 25_000]) };
    const kind = random.pick([
      'crash',
      'crash',
      'freeze',
      'freeze',
      'freeze',
      'vault_away',
      'vault_frozen',
      'unreachable',
      'key_deleted',
      'crash_at_submit',
      'freeze_at_submit',
      'freeze_at_submit',
    ]);
    switch (kind) {
      case 'crash':
      case 'freeze':
      case 'crash_at_submit':
      case 'freeze_at_submit':
        return { ...at, kind, executor: random.between(0, executors - 1) };
      case 'vault_away':
      case 'vault_frozen':
        return { ...at, kind };
      case 'unreachable':
        return { ...at, kind, exchange: random.pick(['binance', 'bybit'] as const) };
      default:
        // Rare: it makes most other questions moot.
        return random.chance(0.4)
          ? { ...at, kind: 'key_deleted', user: random.between(0, accounts - 1) }
          : { ...at, kind: 'freeze', executor: random.between(0, executors - 1) };
    }
  });

const drawPrices = (random: Random, accounts: readonly SceneAccount[]): readonly ScenePrice[] =>
  random.times(random.between(0, 4), (i) => {
    const symbol = random.pick(symbols);
    const base = symbol === 'BTCUSDT' ? 60_000 : 3_000;
    return {
      id: `p${i}`,
      atMs: random.between(0, 25_000),
      exchange: random.pick(accounts).exchange,
      symbol,
      price: String(Math.round(base * (0.8 + random.between(0, 40) / 100))),
    };
  });

/** What one seed stands for. */
export const drawScene = (seed: number): Scene => {
  const random = createRandom(seed);
  const executors = random.between(1, 3);
  const accounts = drawAccounts(random, seed);
  const signals = drawSignals(random, seed, accounts);
  const calm = random.chance(0.1);
  const troubles = calm ? [] : drawTroubles(random, accounts.length, executors, signals);
  const faults = calm ? [] : drawFaults(random, accounts, signals);
  const skew = (most: number): number => (random.chance(0.5) ? 0 : random.between(-most, most));
  return {
    seed,
    accounts,
    signals,
    prices: drawPrices(random, accounts),
    faults,
    troubles,
    executors,
    executorSkewsMs: random.times(executors + 4, () => skew(400)),
    venueSkewsMs: { binance: skew(900), bybit: skew(900) },
    rough: calm
      ? { slow: 0, lost: 0 }
      : random.pick([
          { slow: 0, lost: 0 },
          { slow: 0.02, lost: 0.005 },
          { slow: 0.05, lost: 0.02 },
        ]),
    healedAtMs: Math.max(...signals.map(({ atMs }) => atMs + 20_000), ...troubles.map(({ atMs, forMs }) => atMs + forMs)) + 1_000,
  };
};

/** The scene without some of what happens in it, by the ids of its signals, prices, faults and troubles. */
export const without = (scene: Scene, ids: ReadonlySet<string>): Scene => {
  const kept = <Of extends { readonly id: string }>(some: readonly Of[]): readonly Of[] => some.filter(({ id }) => !ids.has(id));
  return {
    ...scene,
    signals: kept(scene.signals),
    prices: kept(scene.prices),
    faults: kept(scene.faults),
    troubles: kept(scene.troubles),
  };
};
