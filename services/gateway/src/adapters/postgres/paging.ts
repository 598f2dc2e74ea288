import type { Page, PageOf } from '../../app/ports.js';
import { refusal } from '../../app/errors.js';

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
// Above every UUIDv7: a first page starts here.
const newest = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** Ids grow with time, so the id of a page's last row says where the next one starts. */
export const pageStart = ({ cursor }: Page): string => {
  if (cursor === undefined) return newest;
  const id = Buffer.from(cursor, 'base64url').toString('latin1');
  if (!uuid.test(id))
    throw refusal('request.invalid', { fields: [{ field: 'cursor', problem: 'must be a nextCursor of this list' }] });
  return id;
};

/** Cuts the one row that was read beyond the page. */
export const pageFrom = <Row, Item>(
  rows: readonly Row[],
  { limit }: Page,
  idOf: (row: Row) => string,
  itemOf: (row: Row) => Item,
): PageOf<Item> => {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const nextCursor = rows.length > limit && last !== undefined ? Buffer.from(idOf(last), 'latin1').toString('base64url') : null;
  return { items: shown.map(itemOf), nextCursor };
};
