import type { Environment, MarketType } from '@latchkey/contracts';
import { InvariantError } from '@latchkey/kernel';
import type { bybit } from 'ccxt';
import type { Exchange, SignedCall, VenueClock } from '../../../app/ports/exchange.js';
import { classifyBybitLookup, classifyBybitSubmit } from '../../../domain/settlement/classify-bybit.js';
import { withPositionMode } from '../../../domain/settlement/outcome.js';
import { orderEndpoint, type Endpoint } from '../../../domain/rate-limits/host-limits.js';
import type { OrderDraft } from '../../../domain/trade/commands.js';
import type { MarketBook } from '../market-book.js';
import type { SignedRequests } from '../signed-requests.js';
import { readAcknowledgement, readFills, readListed } from './bybit-orders.js';
import { bybitBalances } from './bybit-balances.js';
import { bybitLeverage } from './bybit-leverage.js';
import { bybitBooks } from './bybit-books.js';
import { readBybitAccount, readFree } from './bybit-account.js';
import { verifyBybitKey } from './bybit-permissions.js';

type MarketDeps = {
  readonly environment: Environment;
  readonly category: MarketType;
  /** The client of everybody's signed requests, shared by both markets. */
  readonly signed: bybit;
  readonly clock: VenueClock;
  readonly requests: SignedRequests;
  readonly book: Pick<MarketBook, 'rules' | 'price'>;
};

const sides = { buy: 'Buy', sell: 'Sell' } as const;
const positions = { long: 1, short: 2 } as const;

/** Names and their order are agreed with the vault, which signs no other body. */
const bodyOf = (
  { symbol, side, amount, quoteAmount, clientOrderId, positionSide, reduceOnly }: OrderDraft,
  category: MarketType,
): object => {
  const qty = amount ?? quoteAmount;
  if (qty === undefined || (category === 'linear' && amount === undefined))
    throw new InvariantError('an order reached the exchange without a size that its market takes');
  return {
    symbol,
    side: sides[side],
    orderType: 'Market',
    category,
    qty,
    orderLinkId: clientOrderId,
    // The venue's own default differs by side.
    ...(category === 'spot' && { marketUnit: amount === undefined ? 'quoteCoin' : 'baseCoin' }),
    ...(category === 'linear' && reduceOnly && { reduceOnly: true }),
    ...(category === 'linear' && positionSide && { positionIdx: positions[positionSide] }),
  };
};

/**
 * The most that one page holds. The page after it would need a cursor, whose alphabet is the venue's secret, so the vault signs none; of an order
 * with more executions the venue's own totals count, its fees included.
 */
const executionsPerPage = 100;

/**
 * One market of Bybit's. Both share a client, a clock and the limits of our address.
 *
 * Amounts go to the venue as our exact decimal strings, by the venue's own endpoints: ccxt's methods would round, and ask for the account's state.
 */
export const createBybitMarket = ({ environment, category, signed, clock, requests, book }: MarketDeps): Exchange => {
  const { run, pausedUntil } = requests;

  const assetsOf = (symbol: string) => {
    const rules = book.rules(symbol);
    return typeof rules === 'object' ? { base: rules.baseAsset, quote: rules.quoteAsset } : undefined;
  };

  type Query = (params: object) => Promise<unknown>;
  const list = (endpoint: Endpoint, query: Query, symbol: string, clientOrderId: string, call: SignedCall) =>
    run(
      call,
      endpoint,
      () => query({ category, symbol, orderLinkId: clientOrderId }),
      (body) => readListed(body, clientOrderId, category),
    );

  return {
    exchange: 'bybit',
    environment,
    marketType: category,
    resendAfterAbsence: true, // an id that was used is refused for good
    absenceIsProof: false, // nothing says that the engine checks the window again: the first attempt may still come, as the only one
    clock,
    pausedUntil,
    rules: book.rules,
    price: book.price,

    submit: async (order, call) => {
      const answer = await run(
        call,
        orderEndpoint('bybit', category),
        () => signed.privatePostV5OrderCreate(bodyOf(order, category)),
        (body) => readAcknowledgement(body, order),
      );
      if (answer.ok) return { outcome: 'placed', order: answer.value };
      const outcome = withPositionMode(classifyBybitSubmit(answer.failure), order);
      if (outcome.outcome === 'turned_away' && outcome.resyncClock) clock.resync();
      return outcome;
    },

    lookup: async ({ symbol, clientOrderId }, call) => {
      const current = await list(
        'order.query',
        (params) => signed.privateGetV5OrderRealtime(params),
        symbol,
        clientOrderId,
        call,
      );
      if (current.ok && current.value.found !== 'none') return { outcome: 'found', order: current.value.found };
      const now = current.ok ? undefined : classifyBybitLookup(current.failure);
      if (now && now.outcome !== 'absent') return now;
      // Closed orders leave the first list, at the latest when the venue starts again.
      const past = await list('order.history', (params) => signed.privateGetV5OrderHistory(params), symbol, clientOrderId, {
        ...call,
        timestamp: clock.now() ?? call.timestamp,
      });
      if (!past.ok) return classifyBybitLookup(past.failure);
      return past.value.found === 'none'
        ? {
            outcome: 'absent',
            reason: 'venue.order_not_found',
            message: 'The exchange lists no order with this id, neither now nor in its history.',
          }
        : { outcome: 'found', order: past.value.found };
    },

    mostFills: executionsPerPage,
    fills: async ({ symbol, orderId }, call) => {
      const answer = await run(
        call,
        'order.trades',
        () => signed.privateGetV5ExecutionList({ category, symbol, orderId, limit: String(executionsPerPage) }),
        (body) => readFills(body, category, assetsOf(symbol)),
      );
      return answer.ok ? answer.value : undefined;
    },

    ...bybitBooks({ category, signed, run, clock }),
    balances: bybitBalances({ category, signed, run }),
    ...(category === 'linear' && { setLeverage: bybitLeverage({ signed, run, clock }) }),
    // Of unified accounts: the vault signs no other wallet's question.
    ...(category === 'spot' && {
      free: async (asset: string, call: SignedCall) => {
        const answer = await run(
          call,
          'account',
          () => signed.privateGetV5AccountWalletBalance({ accountType: 'UNIFIED', coin: asset }),
          (body) => readFree(body, asset),
        );
        return answer.ok ? answer.value : undefined;
      },
    }),

    verifyKey: verifyBybitKey(signed, run),
    // Spot has no positions; what else there is to tell of the account is told with them.
    ...(category === 'linear' && { accountSettings: readBybitAccount(signed, run, clock) }),
  };
};
