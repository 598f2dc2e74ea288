import { z } from 'zod';

const written = z.iso.datetime({ offset: true });
const year = (milliseconds: number): number => new Date(milliseconds).getUTCFullYear();

/**
 * When an alert says it fired, in milliseconds since the epoch: `{{timenow}}` (ISO 8601 with a zone), or seconds or milliseconds as
 * Pine's `timenow` counts them. `undefined` when it cannot be read.
 */
export const readFireTime = (text: string): number | undefined => {
  if (/^\d{10}$/.test(text)) return Number(text) * 1_000;
  if (/^\d{13}$/.test(text)) return Number(text);
  if (!written.safeParse(text).success) return undefined;
  const time = Date.parse(text);
  return Number.isFinite(time) && year(time) >= 2_000 && year(time) < 2_200 ? time : undefined;
};
