import { createBinance } from './binance/binance-venue.js';
import { documentedLimits, type BinanceLimits } from './binance/ip-limits.js';
import { createBybit } from './bybit/bybit-venue.js';
import { documentedBybitLimits, type BybitLimits } from './bybit/limits.js';
import { serveControl } from './control/control-server.js';
import { systemClock, type SimClock } from './core/clock.js';
import { serveRaw, type RunningServer } from './core/http-edge.js';
import type { SocketVenue } from './core/streams/socket.js';
import type { Venue } from './core/venue-edge.js';
import { createWorld, endWorld, type World } from './core/world.js';

/** One host of a venue. */
type Host = { readonly venue: Venue; readonly sockets: SocketVenue };

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

const serve = (port: number, host: () => Host): Promise<RunningServer> =>
  serveRaw(
    port,
    (request) => host().venue(request),
    (request) => host().sockets(request),
  );

/**
 * Starts the simulated venues and their control API on loopback. Accounts, orders and prices live in memory and die with it.
 *
 * @throws the listener's error when a port is taken; what had already started is stopped again
 */
export const startSimulator = async (options: SimulatorOptions = {}): Promise<Simulator> => {
  const { ports = {}, clock = systemClock, seed = 1 } = options;
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

  const started: RunningServer[] = [];
  const start = async (server: Promise<RunningServer>): Promise<string> => {
    const { url, stop } = await server;
    started.push({ url, stop });
    return url;
  };
  const stop = async (): Promise<void> => {
    endWorld(running.world);
    await Promise.all(started.map((server) => server.stop()));
  };

  try {
    const urls: SimulatorUrls = {
      binance: await start(serve(ports.binance ?? 0, () => running.binance)),
      bybit: await start(serve(ports.bybit ?? 0, () => running.bybit)),
      control: await start(serveControl(ports.control ?? 0, { world: () => running.world, reset })),
    };
    return { urls, clock, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};
