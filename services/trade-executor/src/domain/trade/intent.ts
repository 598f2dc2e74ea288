import { compare, isPositive, type Decimal } from '@latchkey/kernel';
import type { TradeRequest } from './events.js';

/**
 * What an order is to its following's position. What closes passes halts and lists, is let through at an age at which openings expire, and goes
 * before them where requests are rationed.
 */
export type TradeIntent = 'opening' | 'closing';

type Asked = Pick<TradeRequest, 'action' | 'marketType'>;

/** It closes all or a part of what its following owns, and nothing else: its side follows from that. */
export const closes = ({ action }: Pick<TradeRequest, 'action'>): boolean => action === 'exit' || action === 'reduce';

/** False: it opens, whatever is owned, so nobody needs to look. */
export const mayClose = (asked: Asked): boolean => closes(asked) || (asked.action === 'sell' && asked.marketType === 'spot');

/**
 * An exit closes, and so does a reduction. On spot a sell of no more than the following owns closes too, whatever its alert called it; every other sell is an opening.
 * On futures the account's own mode decides what a sell does, so that only these are sure to close.
 *
 * @param owned by the following, in base units
 * @param amount to be sold, in base units; undefined while it is not known: then it closes if anything of it can
 */
export const intentOf = (asked: Asked, owned: Decimal, amount?: Decimal): TradeIntent => {
  if (closes(asked)) return 'closing';
  if (!mayClose(asked) || !isPositive(owned)) return 'opening';
  return amount === undefined || compare(amount, owned) <= 0 ? 'closing' : 'opening';
};
