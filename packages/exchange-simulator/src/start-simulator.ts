import type { BinanceLimits } from './binance/ip-limits.js';
import type { BybitLimits } from './bybit/limits.js';
import { systemClock, type SimClock } from './core/clock.js';
import { serveRaw, type RunningServer } from './core/http-edge.js';
import { recordedSimulation } from './recording/recorded-simulation.js';
import { createSimulation, type SimulatedPart, type SimulationOptions } from './simulation.js';

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
  /** Gets the recording of the run line by line, for `replayRecording`. What clients sent is in it, secrets of simulated accounts too. */
  readonly record?: (line: string) => void;
};

export type Simulator = {
  readonly urls: SimulatorUrls;
  readonly clock: SimClock;
  /** Ends every wait, cuts every connection, frees the ports. */
  readonly stop: () => Promise<void>;
};

const simulationOf = ({ clock = systemClock, seed, binanceLimits, bybitLimits, record }: SimulatorOptions) => {
  const options: SimulationOptions = {
    clock,
    ...(seed === undefined ? {} : { seed }),
    ...(binanceLimits === undefined ? {} : { binanceLimits }),
    ...(bybitLimits === undefined ? {} : { bybitLimits }),
  };
  return record === undefined ? createSimulation(options) : recordedSimulation(options, record);
};

/**
 * Starts the simulated venues and their control API on loopback. Accounts, orders and prices live in memory and die with it.
 *
 * @throws the listener's error when a port is taken; what had already started is stopped again
 */
export const startSimulator = async (options: SimulatorOptions = {}): Promise<Simulator> => {
  const { ports = {}, clock = systemClock } = options;
  const simulation = simulationOf(options);
  const started: RunningServer[] = [];
  const start = async (part: SimulatedPart): Promise<string> => {
    const { url, stop } = await serveRaw(ports[part] ?? 0, simulation.request[part], simulation.open[part]);
    started.push({ url, stop });
    return url;
  };
  const stop = async (): Promise<void> => {
    simulation.end();
    await Promise.all(started.map((server) => server.stop()));
  };

  try {
    const urls: SimulatorUrls = { binance: await start('binance'), bybit: await start('bybit'), control: await start('control') };
    return { urls, clock, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};
