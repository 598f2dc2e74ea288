import type { Params } from './params.js';

const defaultPage = 500;
const maxPage = 1_000;

/** The common window of histories: between two times, at most `limit`. */
export type Page = { readonly startMs: number; readonly endMs: number; readonly limit: number };

export const readPage = (params: Params): Page => ({
  startMs: params.integer('startTime') ?? 0,
  endMs: params.integer('endTime') ?? Number.MAX_SAFE_INTEGER,
  limit: Math.min(params.integer('limit') ?? defaultPage, maxPage),
});

export const inPage = ({ startMs, endMs }: Page, atMs: number): boolean => atMs >= startMs && atMs <= endMs;

/** From an id the oldest come first, else the newest are kept. */
export const cutPage = <Row>(rows: readonly Row[], { limit }: Page, fromId: number | undefined): readonly Row[] =>
  fromId === undefined ? rows.slice(-limit) : rows.slice(0, limit);
