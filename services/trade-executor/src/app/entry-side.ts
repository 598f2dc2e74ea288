import { isNegative, isPositive, isZero } from '@latchkey/kernel';
import type { Side } from '@latchkey/contracts';
import { isOnSide } from '../domain/sizing/part-to-close.js';
import type { Refusal } from '../domain/trade/events.js';
import { mayClose } from '../domain/trade/intent.js';
import { legsOf } from '../domain/trade/legs.js';
import { isSettled, type Trade } from '../domain/trade/state.js';
import type { Planned } from './order-plan.js';
import type { Holding } from './ports/holdings.js';
import type { TradeDeps, TradeRun } from './trade-run.js';

const nothingToAddTo: Refusal = {
  reason: 'nothing_to_add_to',
  message: 'The alert adds to a position, and the strategy holds none for you on that side. Send "buy" or "sell" to open one.',
};
const nothingToReverse: Refusal = {
  reason: 'nothing_to_reverse',
  message:
    'The alert turns a position round, and nothing of it was closed for you, so no side follows from it. Send "reverse" with "sentiment" to end on one side whatever is held.',
};
const notClosed: Refusal = {
  reason: 'position_not_closed',
  message:
    'What the strategy holds for you on the other side, by our record, could not be closed first, so nothing was opened beside it. See its exit, and whether the position still stands at the exchange.',
};
const noShort: Refusal = {
  reason: 'market.no_short',
  message: 'A spot account cannot be short; follow the strategy on "linear" to trade its short positions.',
};

type Entry = TradeRun['request'];

/** False: a plain order, whose side is its own whatever is owned. */
export const dependsOnHolding = (request: Entry): boolean =>
  mayClose(request) || request.positionSide !== undefined || request.action === 'add' || request.action === 'reverse';

/** What an exit sold ends a long, so that the other side is opened by selling too. */
const closedBy = (trade: Trade): Side | undefined =>
  legsOf(trade).find(({ attempt, filled }) => attempt !== undefined && isPositive(filled))?.attempt?.side;

const exitOf = async ({ request: { afterExit } }: TradeRun, { trades }: TradeDeps): Promise<Trade | undefined> =>
  afterExit === undefined ? undefined : (await trades.load(afterExit)).trade;

/**
 * Which way an entry goes, now that it is its turn: an addition follows what is owned, a reversal what the exit before it closed. What is for one side
 * is not opened while something is held on the other: nobody is ever on both.
 */
export const sideOfEntry = async (
  run: TradeRun,
  holding: Holding | undefined,
  deps: TradeDeps,
): Promise<{ readonly type: 'side'; readonly side: Side } | Planned> => {
  const { request } = run;
  if (request.action === 'exit' || request.action === 'reduce') return { type: 'deny', ...nothingToReverse };
  if (!holding) return { type: 'side', side: request.action as Side };
  const { owned } = holding;
  if (request.action === 'add') {
    if (isZero(owned) || !isOnSide(owned, request.positionSide) || (request.marketType === 'spot' && isNegative(owned)))
      return { type: 'deny', ...nothingToAddTo };
    return { type: 'side', side: isPositive(owned) ? 'buy' : 'sell' };
  }
  const exit = await exitOf(run, deps);
  const side = request.action === 'reverse' ? exit && closedBy(exit) : request.action;
  const isForSide = request.action === 'reverse' || request.positionSide !== undefined;
  if (side === undefined) return { type: 'deny', ...nothingToReverse };
  if (!isForSide) return { type: 'side', side };
  if (request.marketType === 'spot' && side === 'sell') return { type: 'deny', ...noShort };
  // On spot less than nothing is no short: the user's own coins were sold.
  const heldOther = side === 'buy' ? request.marketType === 'linear' && isNegative(owned) : isPositive(owned);
  // An exit that rests may still close what turned up.
  if (heldOther) return exit && !isSettled(exit) ? { type: 'wait', ...notClosed } : { type: 'deny', ...notClosed };
  return { type: 'side', side };
};
