import { refuse } from './refusal.js';

/** When a request was made and how long it stays good, both in milliseconds. */
export type TimeWindow = { readonly timestampMs: number; readonly recvWindowMs: number };

export const defaultRecvWindowMs = 5_000;
const maxRecvWindowMs = 60_000;
const toleratedLeadMs = 1_000;
// Microseconds have 16 digits until the year 2286; milliseconds have 13.
const smallestMicroseconds = 1e15;

/** @throws {BinanceRefusal} -1131 */
export const timeWindow = (timestamp: number, recvWindowMs: number = defaultRecvWindowMs): TimeWindow => {
  if (recvWindowMs > maxRecvWindowMs) throw refuse.recvWindow();
  return { timestampMs: timestamp >= smallestMicroseconds ? timestamp / 1_000 : timestamp, recvWindowMs };
};

/**
 * Binance checks on arrival, and spot checks once more just before its matching engine: a request that was held up in between is refused
 * there, whatever its client believes.
 *
 * @throws {BinanceRefusal} -1021
 * @see Binance Spot REST API, "Timing security"
 */
export const checkWindow = ({ timestampMs, recvWindowMs }: TimeWindow, nowMs: number): void => {
  if (timestampMs >= nowMs + toleratedLeadMs) throw refuse.aheadOfServer();
  if (nowMs - timestampMs > recvWindowMs) throw refuse.outsideWindow();
};
