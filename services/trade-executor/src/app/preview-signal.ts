import type { EventData, PreviewedTrade, RpcReply, RpcRequest } from '@latchkey/contracts';
import {
  add,
  divide,
  InvariantError,
  multiply,
  negate,
  newId,
  replay,
  zero,
  type Clock,
  type Decimal,
  type SignalId,
  type TradeId,
} from '@latchkey/kernel';
import { impliedSides, planTrades, type Holders, type PlannedTrade } from '../domain/fan-out/plan-trades.js';
import { barOnOpening, withOpening, type Bars } from '../domain/risk/bar-on-opening.js';
import type { Opening } from '../domain/risk/limit-on-opening.js';
import { roundDown } from '../domain/sizing/lots.js';
import type { MarketRules } from '../domain/sizing/market-rules.js';
import { tradeDecider } from '../domain/trade/decide.js';
import type { Refusal, TradeEvent, TradeRequest } from '../domain/trade/events.js';
import { recvWindowMs, unknownParams } from '../domain/trade/policy.js';
import { clockUnknown, marketNotServed, marketsUnknown, unknownMarket } from './market-refusals.js';
import type { OrderPlan, Planned } from './order-plan.js';
import type { Market, Markets } from './ports/exchange.js';
import type { Followings } from './ports/followings.js';
import type { Holdings } from './ports/holdings.js';
import type { LoadedTrade, Trades } from './ports/trades.js';
import type { TradeDeps, TradeRun } from './trade-run.js';

export type PreviewDeps = {
  readonly followings: Pick<Followings, 'find'>;
  /** Whether this following holds something on a side, or may by what is open. */
  readonly holdersOf: (signal: EventData<'SignalReceived'>) => Promise<Holders>;
  readonly holdings: Holdings;
  readonly exchanges: Markets;
  /** What would be sent for a trade now; the very function that trades are planned by. */
  readonly plan: (
    run: TradeRun,
    rules: MarketRules,
    world: Pick<TradeDeps, 'holdings' | 'trades'>,
    leverage?: number,
  ) => Promise<Planned>;
  readonly barsOf: (openings: readonly Opening[]) => Promise<Bars>;
  readonly clock: Clock;
};

// Behind everything that is there: what is asked about is what would come next.
const last = 2_147_483_647;
const requestedEvent = (request: TradeRequest): TradeEvent => ({ type: 'TradeRequested', v: 2, data: request });

/** The history that a trade would have if its order was filled as a whole. */
const filledEvents = (request: TradeRequest, { leg, clientOrderId, side }: OrderPlan, amount: Decimal): readonly TradeEvent[] => {
  const of = { tradeId: request.tradeId, userId: request.userId, leg };
  const order = { clientOrderId, symbol: request.symbol, side, orderType: 'market', paramsHash: unknownParams } as const;
  return [
    { type: 'OrderSubmitted', v: 1, data: { ...of, attempt: 1, timestamp: 0, recvWindow: recvWindowMs, ...order } },
    { type: 'OrderAccepted', v: 1, data: { ...of, attempt: 1, orderId: 'preview', foundBy: 'answer' } },
    { type: 'OrderClosed', v: 1, data: { ...of, orderId: 'preview', status: 'filled', filled: amount } },
  ];
};

/**
 * The account as it would be after the orders of the same alert that come before: filled as a whole, and without the venue's fees, which nobody
 * knows beforehand.
 */
const createWorld = (holdings: Holdings) => {
  const histories = new Map<TradeId, readonly TradeEvent[]>();
  let moved = zero;
  const loaded = (tradeId: TradeId): LoadedTrade => {
    const events = histories.get(tradeId) ?? [];
    return { tradeId, trade: replay(tradeDecider, events), version: events.length, last: undefined as never };
  };
  return {
    ports: {
      holdings: {
        of: async (request) => {
          const holding = await holdings.of(request);
          return { ...holding, owned: add(holding.owned, moved) };
        },
      } satisfies Holdings,
      trades: {
        load: async (tradeId) => loaded(tradeId),
        apply: () => Promise.reject(new InvariantError('a preview records nothing')),
      } satisfies Trades,
    },
    request: (request: TradeRequest): LoadedTrade => {
      histories.set(request.tradeId, [requestedEvent(request)]);
      return loaded(request.tradeId);
    },
    deny: ({ tradeId, userId }: TradeRequest, { reason, message }: Refusal): void => {
      const denied: TradeEvent = { type: 'TradeDenied', v: 1, data: { tradeId, userId, reason, message } };
      histories.set(tradeId, [...(histories.get(tradeId) ?? []), denied]);
    },
    fill: (request: TradeRequest, plan: OrderPlan, amount: Decimal): void => {
      histories.set(request.tradeId, [...(histories.get(request.tradeId) ?? []), ...filledEvents(request, plan, amount)]);
      moved = add(moved, plan.side === 'buy' ? amount : negate(amount));
    },
  };
};

/** Base units that an order comes to at a price; undefined where no price is told for an amount to spend. */
const amountOf = ({ size }: OrderPlan, { lots }: MarketRules, price: Decimal | undefined): Decimal | undefined => {
  if ('amount' in size) return size.amount;
  return price === undefined ? undefined : roundDown(divide(size.quoteAmount, price), lots);
};

/** What is asked for, as far as the symbol allows it; a lower bound by the position's value is the exchange's to say. */
const leverageOf = ({ leverage, marketType }: TradeRequest, { maxLeverage }: MarketRules): number | undefined =>
  leverage === undefined || marketType === 'spot' ? undefined : Math.min(leverage, maxLeverage ?? leverage);

const shown = ({ action, symbol, exchange, environment, marketType, notBefore }: PlannedTrade) => ({
  action,
  symbol,
  exchange,
  environment,
  marketType,
  ...(notBefore !== undefined && { notBefore }),
});

/**
 * What a user's following of a strategy would trade if an alert came now: planned by the functions that trade, held against the limits that
 * would bar it, and neither recorded nor sent.
 */
export const previewSignal =
  ({ followings, holdersOf, holdings, exchanges, plan, barsOf, clock }: PreviewDeps) =>
  async ({
    userId,
    strategyId,
    signal,
  }: RpcRequest<'qry.trade-executor.preview'>): Promise<RpcReply<'qry.trade-executor.preview'>> => {
    const { following } = await followings.find({ strategyId, userId });
    if (!following?.enabled) return { following, trades: [] };
    const received: EventData<'SignalReceived'> = {
      signalId: newId<SignalId>(),
      strategyId,
      ownerId: userId,
      sequence: last,
      receivedAt: new Date(clock.now()).toISOString(),
      idempotencyKey: unknownParams,
      signal,
    };
    const holders: Holders = impliedSides(signal).length === 0 ? new Map() : await holdersOf(received);
    const world = createWorld(holdings);
    let standing: Bars | undefined;

    const barOf = async (
      request: TradeRequest,
      { value }: OrderPlan,
      { quoteAsset }: MarketRules,
    ): Promise<Refusal | undefined> => {
      const opening: Opening = { ...request, at: clock.now(), quoteAsset, value };
      standing ??= await barsOf([opening]);
      const bar = barOnOpening(opening, standing);
      const known = standing.standings.get(userId);
      if (!bar && known) standing = { ...standing, standings: new Map([[userId, withOpening(known, opening)]]) };
      return bar;
    };

    const planned = async (request: TradeRequest, market: Market, rules: MarketRules): Promise<PreviewedTrade> => {
      const run: TradeRun = { of: world.request(request), request, exchange: market, lease: { name: 'preview', epoch: 0 } };
      const leverage = leverageOf(request, rules);
      const next = await plan(run, rules, world.ports, leverage);
      const denied = (refusal: Refusal): PreviewedTrade => {
        world.deny(request, refusal);
        return { ...shown(request), outcome: 'denied', reason: refusal.reason, message: refusal.message };
      };
      if (next.type === 'wait') return { ...shown(request), outcome: 'waits', reason: next.reason, message: next.message };
      if (next.type !== 'order') return denied(next);
      const order = next.plan;
      const isOpening = order.intent === 'opening';
      const bar = isOpening ? await barOf(request, order, rules) : undefined;
      if (bar) return denied(bar);
      const price = await market.price(request.symbol);
      const amount = amountOf(order, rules, price);
      world.fill(request, order, amount ?? zero);
      return {
        ...shown(request),
        outcome: 'order',
        side: order.side,
        ...('quoteAmount' in order.size ? { quoteAmount: order.size.quoteAmount } : { amount: order.size.amount }),
        ...(price !== undefined && { price }),
        ...(price !== undefined && amount !== undefined && { value: multiply(amount, price) }),
        ...(isOpening && leverage !== undefined && { leverage }),
        ...(!isOpening && { closes: true as const }),
      };
    };

    const previewOf = async (request: TradeRequest): Promise<PreviewedTrade> => {
      const waits = ({ reason, message }: Refusal): PreviewedTrade => ({ ...shown(request), outcome: 'waits', reason, message });
      const denies = ({ reason, message }: Refusal): PreviewedTrade => ({
        ...shown(request),
        outcome: 'denied',
        reason,
        message,
      });
      const market = exchanges(request);
      if (!market) return denies(marketNotServed(request));
      if (market.clock.now() === undefined) return waits(clockUnknown);
      const rules = market.rules(request.symbol);
      if (rules === 'loading') return waits(marketsUnknown);
      return rules ? planned(request, market, rules) : denies(unknownMarket(request));
    };

    const trades: PreviewedTrade[] = [];
    // One after the other: each is decided by what the one before would have made.
    for (const trade of planTrades(received, [following], holders)) trades.push(await previewOf({ ...trade, ordinal: last }));
    return { following, trades };
  };
