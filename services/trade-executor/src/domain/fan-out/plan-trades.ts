import type { EventData, Following, HeldSide, Signal, SignalStep } from '@latchkey/contracts';
import { clientOrderIdOf, entryLeg, tradeIdOf, type TradeId } from '@latchkey/kernel';
import type { TradeRequest } from '../trade/events.js';

/** A setting as it was in force when a signal was received. */
export type FollowingInForce = Pick<
  Following,
  'userId' | 'exchange' | 'environment' | 'marketType' | 'sizing' | 'leverage' | 'limits'
>;
type OnMarket = Pick<FollowingInForce, 'userId' | 'exchange' | 'environment' | 'marketType'>;

export type PlannedTrade = Omit<TradeRequest, 'ordinal'>;

/** Where a user trades; with a strategy and a symbol it names a holding. */
export const accountKeyOf = ({ userId, exchange, environment, marketType }: OnMarket): string =>
  `${userId}/${exchange}/${environment}/${marketType}`;

/** Account and symbol: orders of one lane change the same balance, so they run one after the other. */
const laneOf = (following: OnMarket, symbol: string): string => `${accountKeyOf(following)}/${symbol}`;

/** The sides that exits of this signal close only for whoever holds them. */
export const impliedSides = ({ actions }: Pick<Signal, 'actions'>): readonly HeldSide[] => [
  ...new Set(actions.flatMap(({ implied, positionSide }) => (implied && positionSide ? [positionSide] : []))),
];

/** Accounts that hold something on a side, or may by what is open: by {@link accountKeyOf}. */
export type Holders = ReadonlyMap<HeldSide, ReadonlySet<string>>;

/** Nobody is short on spot: who sold more than the strategy bought there sold coins of their own. */
const isLeftOut = ({ implied, positionSide }: SignalStep, following: OnMarket, holders: Holders): boolean =>
  implied === true &&
  positionSide !== undefined &&
  ((following.marketType === 'spot' && positionSide === 'short') || !holders.get(positionSide)?.has(accountKeyOf(following)));

/** What an alert asked to wait counts from its receipt. */
const notBefore = (receivedAt: string, delaySeconds: number): string =>
  new Date(Date.parse(receivedAt) + delaySeconds * 1_000).toISOString();

const sizeOf = (signal: Signal, { action, quantity, unit, percent }: SignalStep) => {
  const own = quantity ?? (action === 'exit' || action === 'reduce' ? undefined : signal.quantity);
  return {
    ...(own !== undefined && { alertQuantity: own }),
    ...(own !== undefined && unit !== undefined && { alertUnit: unit }),
    ...(percent !== undefined && { percent }),
  };
};

/**
 * What an opening's account is set to: the follower's own leverage, else the alert's, else the follower's limit, so that a limit holds whatever
 * the account was set to; never more than the limit. Spot lends nothing, and what closes leaves the account as it is.
 */
const leverageOf = (
  { marketType, leverage, limits }: FollowingInForce,
  { action }: SignalStep,
  signal: Pick<Signal, 'leverage'>,
): number | undefined => {
  if (marketType === 'spot' || action === 'exit' || action === 'reduce') return undefined;
  const most = limits?.maxLeverage;
  const wanted = leverage ?? signal.leverage ?? most;
  return wanted === undefined || most === undefined ? wanted : Math.min(wanted, most);
};

const tradesOf = (
  { signalId, strategyId, sequence, receivedAt, signal }: EventData<'SignalReceived'>,
  following: FollowingInForce,
  holders: Holders,
): readonly PlannedTrade[] => {
  const { userId, exchange, environment, marketType, sizing } = following;
  let afterExit: TradeId | undefined;
  return signal.actions.flatMap((step, actionIndex) => {
    if (isLeftOut(step, following, holders)) return [];
    const leverage = leverageOf(following, step, signal);
    const tradeId = tradeIdOf({ signalId, actionIndex, userId, exchange, environment });
    const trade: PlannedTrade = {
      tradeId,
      signalId,
      strategyId,
      actionIndex,
      userId,
      exchange,
      environment,
      marketType,
      symbol: signal.market.symbol,
      action: step.action,
      ...(step.positionSide !== undefined && { positionSide: step.positionSide }),
      sizing,
      ...sizeOf(signal, step),
      ...(leverage !== undefined && { leverage }),
      ...(afterExit !== undefined && step.action !== 'exit' && step.action !== 'reduce' && { afterExit }),
      clientOrderId: clientOrderIdOf(tradeId, entryLeg),
      lane: laneOf(following, signal.market.symbol),
      ...(step.delaySeconds !== undefined && { notBefore: notBefore(receivedAt, step.delaySeconds) }),
      receivedAt,
      sequence,
    };
    if (step.action === 'exit') afterExit = tradeId;
    return [trade];
  });
};

/**
 * One trade per action and follower; the ids are the same in every process and at every repetition. An exit that is only implied is left out for
 * whoever has nothing that it could close.
 */
export const planTrades = (
  received: EventData<'SignalReceived'>,
  followings: readonly FollowingInForce[],
  holders: Holders,
): readonly PlannedTrade[] => followings.flatMap((following) => tradesOf(received, following, holders));

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
