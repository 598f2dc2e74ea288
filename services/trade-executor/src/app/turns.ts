import type { TradeId } from '@latchkey/kernel';
import type { TradeRequest } from '../domain/trade/events.js';

type Asking = Pick<TradeRequest, 'tradeId' | 'lane' | 'strategyId'>;

/**
 * Whose turn it is, among the trades of one following on one symbol, to decide an order by what that following owns. Two that decided at the same
 * moment would both sell it. It is kept in memory: all of them belong to one partition, and only its holder can record an attempt.
 */
export type Turns = {
  /** False: another trade has the turn; nothing may be decided. */
  readonly take: (request: Asking) => boolean;
  readonly isFree: (request: Asking) => boolean;
  /** Of a trade that has no turn it changes nothing. */
  readonly leave: (request: Asking) => void;
};

export const createTurns = (): Turns => {
  const holders = new Map<string, TradeId>();
  const keyOf = ({ lane, strategyId }: Asking): string => `${lane}#${strategyId}`;
  const isFree = (request: Asking): boolean => {
    const holder = holders.get(keyOf(request));
    return holder === undefined || holder === request.tradeId;
  };
  return {
    isFree,
    take: (request) => {
      if (!isFree(request)) return false;
      holders.set(keyOf(request), request.tradeId);
      return true;
    },
    leave: (request) => {
      if (holders.get(keyOf(request)) === request.tradeId) holders.delete(keyOf(request));
    },
  };
};
