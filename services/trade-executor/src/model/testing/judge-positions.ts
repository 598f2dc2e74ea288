import type { BookedOrder } from '@latchkey/exchange-simulator';
import {
  absolute,
  add,
  compare,
  decimal,
  isNegative,
  isPositive,
  isZero,
  multiply,
  negate,
  subtract,
  sum,
  zero,
  type Decimal,
} from '@latchkey/kernel';
import type { TradeRequest } from '../../domain/trade/events.js';
import { filledAmount } from '../../domain/trade/figures.js';
import { closes } from '../../domain/trade/intent.js';
import { legsOf } from '../../domain/trade/legs.js';
import { isSettled, type Trade } from '../../domain/trade/state.js';
import type { Played } from './played.js';
import type { SceneAccount } from './scene-parts.js';

const initial: Readonly<Record<string, Decimal>> = { BTC: decimal('1'), ETH: decimal('10') };
const bases = ['BTC', 'ETH'] as const;
/** Less than this is nothing that a venue of ours would take an order for, in base units and in quote units. */
const smallestValue = decimal('11');
const smallestLot: Readonly<Record<string, Decimal>> = { BTC: decimal('0.001'), ETH: decimal('0.01') };

const isDust = (amount: Decimal, base: string): boolean => {
  const price = base === 'BTC' ? decimal('50000') : decimal('2500');
  const size = absolute(amount);
  return compare(size, smallestLot[base] ?? zero) < 0 || compare(multiply(size, price), smallestValue) < 0;
};

const tradesOf = ({ store }: Played, { userId }: SceneAccount, symbol: string) =>
  store.tradesOf(userId).filter(({ request }) => request.symbol === symbol);

const ordersOf = ({ book }: Played, { apiKey, marketType }: SceneAccount, symbol: string): readonly BookedOrder[] =>
  book.filter((order) => order.apiKey === apiKey && order.market === marketType && order.symbol === symbol);

/** What an account holds is what it began with and what we say was filled. */
const judgeHolding = (played: Played, account: SceneAccount, base: string): readonly string[] => {
  const { userId, exchange, marketType, apiKey } = account;
  const symbol = `${base}USDT`;
  const mine = tradesOf(played, account, symbol);
  // What is unverifiable is told apart by the book alone.
  if (mine.some(({ trade }) => trade.status === 'unverifiable' || !isSettled(trade))) return [];
  const net = sum(
    mine.flatMap(({ trade }) => legsOf(trade).map(({ attempt, filled }) => (attempt?.side === 'sell' ? negate(filled) : filled))),
  );
  const fees = sum(ordersOf(played, account, symbol).flatMap(({ fills }) => fills.map(({ feeInBase }) => feeInBase)));
  const venue = played.venues[exchange];
  const held =
    marketType === 'linear'
      ? venue.position(apiKey, symbol)
      : add(subtract(venue.balance(apiKey, 'spot', base), initial[base] ?? zero), fees);
  return compare(held, net) === 0 ? [] : [`holdings: ${userId} holds ${held} ${base} by the venue and ${net} by us`];
};

type Execution = {
  readonly atMs: number;
  readonly moved: Decimal;
  readonly fee: Decimal;
  /** What it was to do; undefined: nobody's, which is told elsewhere. */
  readonly request: TradeRequest | undefined;
  readonly id: string;
};

/** In the order in which the venue executed them. */
const executionsOf = (played: Played, account: SceneAccount, symbol: string): readonly Execution[] => {
  const requests = new Map(
    tradesOf(played, account, symbol).flatMap(({ request, trade }) =>
      legsOf(trade).map(({ attempt }) => [attempt?.clientOrderId ?? '', request] as const),
    ),
  );
  return ordersOf(played, account, symbol)
    .flatMap(({ clientOrderId, side, fills }) =>
      fills.map(({ atMs, quantity, feeInBase }) => ({
        atMs,
        moved: subtract(side === 'buy' ? quantity : negate(quantity), feeInBase),
        fee: feeInBase,
        request: requests.get(clientOrderId),
        id: clientOrderId,
      })),
    )
    .sort((a, b) => a.atMs - b.atMs);
};

/**
 * An exit or a reduction brings its following nearer to nothing, and never past it; but for the fees of an entry whose fills the venue did not tell in time,
 * which nobody knows by then.
 */
const judgeExits = (played: Played, account: SceneAccount, base: string): readonly string[] => {
  const findings: string[] = [];
  let [owned, fees] = [zero, zero];
  for (const { moved, fee, request, id } of executionsOf(played, account, `${base}USDT`)) {
    const after = add(owned, moved);
    const nearer = compare(absolute(after), absolute(owned)) < 0;
    const turned = (isPositive(owned) && isNegative(after)) || (isNegative(owned) && isPositive(after));
    const past = turned && compare(absolute(after), fees) > 0;
    if (request && closes(request) && (!nearer || past))
      findings.push(`oversold: ${request.action} ${id} moved ${account.userId} from ${owned} to ${after} ${base}`);
    owned = after;
    fees = add(fees, fee);
  }
  return findings;
};

/** An order that came so late that its trade had ended without it is an alarm of its own. */
const hasLateOrders = (
  { store }: Played,
  trades: readonly { readonly request: TradeRequest; readonly trade: Trade }[],
): boolean =>
  trades.some(
    ({ request, trade }) =>
      trade.status === 'unverifiable' ||
      store.eventsOf(request.tradeId).some(({ data }) => (data as { reason?: string }).reason === 'unproven'),
  );

/** Nothing is opened for one side while something is held on the other: what is there was closed before. */
const judgeSides = (played: Played, account: SceneAccount, base: string): readonly string[] => {
  const symbol = `${base}USDT`;
  if (hasLateOrders(played, tradesOf(played, account, symbol))) return [];
  const findings: string[] = [];
  const begun = new Map<string, Decimal>();
  let owned = zero;
  for (const { moved, request, id } of executionsOf(played, account, symbol)) {
    const before = begun.get(id) ?? owned;
    begun.set(id, before);
    owned = add(owned, moved);
    const isForSide = request?.action === 'reverse' || (request?.positionSide !== undefined && !closes(request));
    const onOther = isPositive(moved) ? isNegative(before) && account.marketType === 'linear' : isPositive(before);
    if (isForSide && onOther && !isDust(before, base))
      findings.push(`both sides: ${request.action} ${id} of ${account.userId} opened while ${before} ${base} was held`);
  }
  return findings;
};

/** Ends of an exit that say: there is nothing left that it was to close. */
const sayDone: ReadonlySet<string> = new Set(['filled', 'nothing_to_close', 'dust_below_minimum']);

/** After an exit that says it is done, and nothing later, nothing is left of what its following bought or sold. */
const judgeClosed = (played: Played, account: SceneAccount, base: string): readonly string[] => {
  const mine = tradesOf(played, account, `${base}USDT`);
  const last = mine
    .toSorted((a, b) => (a.request.sequence ?? 0) - (b.request.sequence ?? 0) || a.request.actionIndex - b.request.actionIndex)
    .at(-1);
  if (last?.request.action !== 'exit' || last.request.positionSide !== undefined) return [];
  if (hasLateOrders(played, mine)) return [];
  const { trade } = last;
  const says = trade.status === 'closed' ? trade.outcome : 'reason' in trade ? (trade.reason ?? trade.status) : trade.status;
  if (!sayDone.has(says)) return [];
  const left = absolute(sum(executionsOf(played, account, `${base}USDT`).map(({ moved }) => moved)));
  const isSpotShort =
    account.marketType === 'spot' && isNegative(sum(executionsOf(played, account, `${base}USDT`).map(({ moved }) => moved)));
  return isZero(left) || isDust(left, base) || isSpotShort
    ? []
    : [`left open: ${account.userId} still has ${left} ${base} after exit ${last.request.clientOrderId} said "${says}"`];
};

/** Why a trade may end without an order though all is well: an exit found nothing, or came so soon that the entry was not sent. */
const nothingToDo: ReadonlySet<string> = new Set([
  'nothing_to_close',
  'dust_below_minimum',
  'superseded_by_exit',
  'nothing_to_add_to',
  'nothing_to_reverse',
  'market.no_short',
]);

/** An exit may have had an entry in front of it that was not known yet, and turned out to be nothing to close: then it is completed. */
const hasNothingToDo = (trade: Trade): boolean =>
  (trade.status === 'denied' || trade.status === 'completed') && nothingToDo.has(trade.reason);

/** A reduction that was asked to wait may find that the strategy went on meanwhile. */
const wasOvertaken = ({ notBefore }: TradeRequest, trade: Trade): boolean =>
  notBefore !== undefined && trade.status === 'expired' && trade.reason === 'overtaken_by_later_signal';

/** Where nothing went wrong, nothing may have been denied but what there was nothing to do about. */
export const judgeCalm = ({ scene, store }: Played): readonly string[] =>
  scene.faults.length > 0 || scene.troubles.length > 0 || scene.rough.lost > 0 || scene.rough.slow > 0
    ? []
    : store
        .rows()
        .filter(
          ({ request, trade }) =>
            !hasNothingToDo(trade) &&
            !wasOvertaken(request, trade) &&
            (trade.status !== 'closed' || trade.outcome !== 'filled' || !isPositive(filledAmount(trade))),
        )
        .map(
          ({ request, trade }) =>
            `too careful: nothing went wrong, and ${request.clientOrderId} ended ${trade.status}${'reason' in trade ? ` (${trade.reason})` : ''}`,
        );

export const judgePositions = (played: Played): readonly string[] =>
  played.scene.accounts.flatMap((account) =>
    bases.flatMap((base) => [
      ...judgeHolding(played, account, base),
      ...judgeExits(played, account, base),
      ...judgeSides(played, account, base),
      ...judgeClosed(played, account, base),
    ]),
  );
