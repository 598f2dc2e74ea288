import type { Params } from './params.js';
import { refuse } from './refusal.js';

export const weekMs = 7 * 86_400_000;

export type TimeRange = { readonly fromMs: number; readonly toMs: number };

/**
 * The time span of a history: the last week when nothing is said, a week from the start or to the end when one of them is.
 *
 * @throws {BybitRefusal} 10001 for more than a week
 */
export const timeRange = (params: Params, nowMs: number): TimeRange => {
  const startMs = params.integer('startTime');
  const endMs = params.integer('endTime');
  if (startMs === undefined) return { fromMs: (endMs ?? nowMs) - weekMs, toMs: endMs ?? nowMs };
  if (endMs === undefined) return { fromMs: startMs, toMs: startMs + weekMs };
  if (endMs < startMs) throw refuse.parameter('startTime is after endTime');
  if (endMs - startMs > weekMs) throw refuse.request('The time range between startTime and endTime cannot exceed 7 days');
  return { fromMs: startMs, toMs: endMs };
};
