import { createBinance } from './binance/binance-venue.js';
import { documentedLimits, type BinanceLimits } from './binance/ip-limits.js';
import { createBybit } from './bybit/bybit-venue.js';
import { documentedBybitLimits, type BybitLimits } from './bybit/limits.js';
import { createControl } from './control/control-api.js';
import type { SimClock } from './core/clock.js';
import { htmlPage, type Venue } from './core/venue-edge.js';
import type { Opening, SocketVenue } from './core/streams/socket.js';
import { createWorld, endWorld, type World } from './core/world.js';

/** What a simulation is made of, besides its calls. */
export type SimulationOptions = {
  readonly clock: SimClock;
  /** 1 by default, also after each reset. */
  readonly seed?: number;
  /** Rate limits other than the documented ones, in part or in whole. */
  readonly binanceLimits?: Partial<BinanceLimits>;
  /** The same for Bybit; a path that `perSecond` does not name keeps its documented limit. */
  readonly bybitLimits?: Partial<BybitLimits>;
};

/** The parts that listen. */
export const simulatedParts = ['binance', 'bybit', 'control'] as const;
export type SimulatedPart = (typeof simulatedParts)[number];

/** The simulator without a network: bytes in, bytes out. */
export type Simulation = {
  readonly request: Readonly<Record<SimulatedPart, Venue>>;
  readonly open: Readonly<Record<SimulatedPart, SocketVenue>>;
  readonly end: () => void;
};

type Host = { readonly venue: Venue; readonly sockets: SocketVenue };

const bybitLimitsOf = ({ bybitLimits }: SimulationOptions): BybitLimits => ({
  ...documentedBybitLimits,
  ...bybitLimits,
  perSecond: { ...documentedBybitLimits.perSecond, ...bybitLimits?.perSecond },
});

/** Same seed, same clock readings and same calls give the same bytes, ids and frames included. */
export const createSimulation = (options: SimulationOptions): Simulation => {
  const { clock, seed = 1 } = options;
  const limits: BinanceLimits = { ...documentedLimits, ...options.binanceLimits };
  const simulate = (): { readonly world: World; readonly binance: Host; readonly bybit: Host } => {
    const world = createWorld(clock, seed);
    return { world, binance: createBinance(world, limits), bybit: createBybit(world, bybitLimitsOf(options)) };
  };
  let running = simulate();
  const reset = (): void => {
    endWorld(running.world);
    running = simulate();
  };
  const noSocket = htmlPage(404) as Extract<Opening, { kind: 'answer' }>;
  return {
    request: {
      binance: (raw) => running.binance.venue(raw),
      bybit: (raw) => running.bybit.venue(raw),
      control: createControl({ world: () => running.world, reset }),
    },
    open: {
      binance: (raw) => running.binance.sockets(raw),
      bybit: (raw) => running.bybit.sockets(raw),
      control: () => Promise.resolve(noSocket),
    },
    end: () => endWorld(running.world),
  };
};
