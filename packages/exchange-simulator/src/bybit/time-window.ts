import { refuse } from './refusal.js';

/** When a request was made and how long it stays good, in milliseconds, as its headers wrote them. */
export type TimeWindow = { readonly timestamp: string; readonly recvWindow: string };

export const defaultRecvWindow = '5000';
const toleratedLeadMs = 1_000;

/**
 * `serverTime − recvWindow <= timestamp < serverTime + 1000`.
 *
 * @throws {BybitRefusal} 10002
 */
export const checkWindow = ({ timestamp, recvWindow }: TimeWindow, nowMs: number): void => {
  const sentMs = Number(timestamp);
  if (sentMs >= nowMs + toleratedLeadMs || sentMs < nowMs - Number(recvWindow)) throw refuse.window(timestamp, nowMs, recvWindow);
};
