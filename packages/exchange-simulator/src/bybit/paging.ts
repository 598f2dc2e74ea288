import type { Params } from './params.js';
import { refuse } from './refusal.js';

export type Page<Row> = { readonly rows: readonly Row[]; readonly nextPageCursor: string };

/**
 * One page of a list. The cursor is opaque to clients; here it is the number of rows that came before.
 *
 * @throws {BybitRefusal} 10001
 */
export const paged = <Row>(
  params: Params,
  all: readonly Row[],
  size: { readonly standard: number; readonly most: number },
): Page<Row> => {
  const limit = params.integer('limit') ?? size.standard;
  if (limit < 1) throw refuse.parameter('limit invalid');
  const cursor = params.text('cursor') ?? '0';
  if (!/^\d{1,9}$/.test(cursor)) throw refuse.parameter('cursor invalid');
  const from = Number(cursor);
  const to = from + Math.min(limit, size.most);
  return { rows: all.slice(from, to), nextPageCursor: to < all.length ? String(to) : '' };
};
