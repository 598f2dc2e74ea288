import type { EventData, Following } from '@latchkey/contracts';
import { clientOrderIdOf, entryLeg, tradeIdOf } from '@latchkey/kernel';
import type { TradeRequest } from '../trade/events.js';

/** A setting as it was in force when a signal was received. */
export type FollowingInForce = Pick<Following, 'userId' | 'exchange' | 'environment' | 'marketType' | 'sizing'>;

export type PlannedTrade = Omit<TradeRequest, 'ordinal'>;

/** Account and symbol: orders of one lane change the same balance, so they run one after the other. */
const laneOf = ({ userId, exchange, environment, marketType }: Omit<FollowingInForce, 'sizing'>, symbol: string): string =>
  `${userId}/${exchange}/${environment}/${marketType}/${symbol}`;

/** One trade per action and follower; the ids are the same in every process and at every repetition. */
export const planTrades = (
  { signalId, strategyId, sequence, receivedAt, signal }: EventData<'SignalReceived'>,
  followings: readonly FollowingInForce[],
): readonly PlannedTrade[] =>
  followings.flatMap((following) =>
    signal.actions.map(({ action }, actionIndex) => {
      const { userId, exchange, environment, marketType, sizing } = following;
      const tradeId = tradeIdOf({ signalId, actionIndex, userId, exchange, environment });
      return {
        tradeId,
        signalId,
        strategyId,
        actionIndex,
        userId,
        exchange,
        environment,
        marketType,
        symbol: signal.market.symbol,
        action,
        sizing,
        ...(signal.quantity !== undefined && { alertQuantity: signal.quantity }),
        clientOrderId: clientOrderIdOf(tradeId, entryLeg),
        lane: laneOf(following, signal.market.symbol),
        receivedAt,
        sequence,
      };
    }),
  );

/** Gives each trade its place in its lane, counting on from the last ordinal given out. */
export const withOrdinals = (
  planned: readonly PlannedTrade[],
  lastOrdinals: ReadonlyMap<string, number>,
): readonly TradeRequest[] => {
  const next = new Map(lastOrdinals);
  return planned.map((trade) => {
    const ordinal = (next.get(trade.lane) ?? 0) + 1;
    next.set(trade.lane, ordinal);
    return { ...trade, ordinal };
  });
};
