import { createBinanceVenue } from './binance/binance-venue.js';
import { documentedLimits, type BinanceLimits } from './binance/ip-limits.js';
import { createBybitVenue } from './bybit/bybit-venue.js';
import { documentedBybitLimits, type BybitLimits } from './bybit/limits.js';
import { serveControl } from './control/control-server.js';
import { systemClock, type SimClock } from './core/clock.js';
import { serveRaw, type RunningServer } from './core/http-edge.js';
import type { Venue } from './core/venue-edge.js';
import { createWorld, type World } from './core/world.js';

/** Where the parts of a running simulator listen; all on loopback, without a path. */
export type SimulatorUrls = { readonly binance: string; readonly bybit: string; readonly control: string };

export type SimulatorOptions = {
  /** Ports; 0 (the default) takes a free one. */
  readonly ports?: Partial<Readonly<Record<keyof SimulatorUrls, number>>>;
  /** The venue's time and the faults' timers; the machine's by default. */
  readonly clock?: SimClock;
  /** Same seed, same clock readings and same calls give the same book, ids included. 1 by default, also after each reset. */
  readonly seed?: number;
  /** Rate limits other than the documented ones, in part or in whole. */
  readonly binanceLimits?: Partial<BinanceLimits>;
  /** The same for Bybit; a path that `perSecond` does not name keeps its documented limit. */
  readonly bybitLimits?: Partial<BybitLimits>;
};

export type Simulator = {
  readonly urls: SimulatorUrls;
  readonly clock: SimClock;
  /** Ends every wait, cuts every connection, frees the ports. */
  readonly stop: () => Promise<void>;
};

const bybitLimitsOf = ({ bybitLimits }: SimulatorOptions): BybitLimits => ({
  ...documentedBybitLimits,
  ...bybitLimits,
  perSecond: { ...documentedBybitLimits.perSecond, ...bybitLimits?.perSecond },
});

/**
 * Starts the simulated venues and their control API on loopback. Accounts, orders and prices live in memory and die with it.
 *
 * @throws the listener's error when a port is taken; what had already started is stopped again
 */
export const startSimulator = async (options: SimulatorOptions = {}): Promise<Simulator> => {
  const { ports = {}, clock = systemClock, seed = 1 } = options;
  const limits: BinanceLimits = { ...documentedLimits, ...options.binanceLimits };
  const simulate = (): { readonly world: World; readonly binance: Venue; readonly bybit: Venue } => {
    const world = createWorld(clock, seed);
    return { world, binance: createBinanceVenue(world, limits), bybit: createBybitVenue(world, bybitLimitsOf(options)) };
  };

  let running = simulate();
  const reset = (): void => {
    running.world.timers.cancelAll();
    running = simulate();
  };

  const started: RunningServer[] = [];
  const start = async (server: Promise<RunningServer>): Promise<string> => {
    const { url, stop } = await server;
    started.push({ url, stop });
    return url;
  };
  const stop = async (): Promise<void> => {
    running.world.timers.cancelAll();
    await Promise.all(started.map((server) => server.stop()));
  };

  try {
    const urls: SimulatorUrls = {
      binance: await start(serveRaw(ports.binance ?? 0, (request) => running.binance(request))),
      bybit: await start(serveRaw(ports.bybit ?? 0, (request) => running.bybit(request))),
      control: await start(serveControl(ports.control ?? 0, { world: () => running.world, reset })),
    };
    return { urls, clock, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};
