import type { Clock, UserId } from '@latchkey/kernel';
import { fillOnPaper, paperLeverage, type PaperAccount } from '../../domain/paper/fill-on-paper.js';
import { balancesOnPaper, type PaperMark } from '../../domain/paper/paper-balances.js';
import type { OrderSnapshot } from '../../domain/trade/commands.js';
import type { Exchange, Exchanges, Market, Markets, SignedCall } from '../ports/exchange.js';
import type { PaperBooked, PaperBooks, PaperKey } from '../ports/paper-books.js';

type Deps = { readonly books: PaperBooks; readonly clock: Clock };

const snapshotOf = ({ orderId, side, amount, price, fee, feeAsset, at }: PaperBooked): OrderSnapshot => ({
  orderId,
  status: 'filled',
  side,
  amount,
  filled: amount,
  averagePrice: price,
  fills: [{ orderId, fillId: orderId, amount, price, fee, feeAsset, at }],
});

const priceUnknown = {
  outcome: 'not_sent',
  reason: 'venue.price_unknown',
  message: 'The exchange told no price that is fresh enough to fill a paper order at.',
} as const;

/** What its positions are valued by; undefined where the exchange does not tell the price of one of them. */
const marksOf = async ({ positions }: PaperAccount, live: Exchange): Promise<ReadonlyMap<string, PaperMark> | undefined> => {
  const marks = new Map<string, PaperMark>();
  for (const symbol of positions.keys()) {
    const [rules, price] = [live.rules(symbol), await live.price(symbol)];
    if (typeof rules !== 'object' || price === undefined) return undefined;
    marks.set(symbol, { price, quoteAsset: rules.quoteAsset });
  }
  return marks;
};

/** Every paper order is asked for by its user, as every order of a venue is. */
const userOf = ({ user = '' }: SignedCall): UserId => user as UserId;

/**
 * A market on paper: the live one's rules and public prices, and books of our own. To whoever decides it is a venue like any other, one that
 * answers at once, never forgets an order and takes no id twice.
 */
const paperMarket = (live: Exchange, { books, clock }: Deps): Market => {
  const keyOf = (call: SignedCall): PaperKey => ({
    userId: userOf(call),
    exchange: live.exchange,
    marketType: live.marketType,
  });
  return {
    exchange: live.exchange,
    environment: 'paper',
    marketType: live.marketType,
    resendAfterAbsence: true,
    absenceIsProof: true,
    clock: { now: () => clock.now(), resync: () => undefined },
    pausedUntil: () => 0,
    rules: live.rules,
    price: live.price,
    submit: async (order, call) => {
      const [signed, price] = await Promise.all([call.authorize(order.clientOrderId), live.price(order.symbol)]);
      if (!signed) return { outcome: 'not_sent', reason: 'order.withheld', message: 'Nothing was ordered.' };
      const rules = live.rules(order.symbol);
      if (price === undefined || typeof rules !== 'object') return priceUnknown;
      const { exchange, marketType } = live;
      const placed = await books.place(keyOf(call), { ...order, until: call.timestamp + call.recvWindow }, (account) =>
        fillOnPaper({ exchange, marketType, order, rules, price, account }),
      );
      if (placed.ok) return { outcome: 'placed', order: snapshotOf(placed.booked) };
      const { reason, message } = placed;
      return placed.late ? { outcome: 'not_sent', reason, message } : { outcome: 'rejected', reason, message };
    },
    lookup: async ({ clientOrderId }) => {
      const booked = await books.find(clientOrderId);
      return booked
        ? { outcome: 'found', order: snapshotOf(booked) }
        : { outcome: 'absent', reason: 'venue.order_not_found', message: 'The paper venue has no such order.' };
    },
    needsFills: () => false,
    fills: async () => [],
    free: async (asset, call) => (await books.account(keyOf(call))).balances.get(asset),
    // A paper account has no leverage of its own: what is said is what a size counts with, up to what the account's positions may be worth.
    ...(live.marketType === 'linear' && {
      maxLeverage: async () => Number(paperLeverage),
      setLeverage: async () => ({ outcome: 'set' as const }),
    }),
    tellsAllBalances: true,
    balances: async (_asset, call) => {
      if (!(await call.authorize('balances'))) return undefined;
      const account = await books.account(keyOf(call));
      const marks = await marksOf(account, live);
      return marks && balancesOnPaper(account, live.marketType, marks);
    },
  };
};

/** The live markets, each with one on paper beside it. */
export const withPaper = (exchanges: Exchanges, deps: Deps): Markets => {
  const markets = new Map<Exchange, Market>();
  return (of) => {
    const { environment } = of;
    if (environment !== 'paper') return exchanges({ ...of, environment });
    const live = exchanges({ ...of, environment: 'live' });
    if (!live) return undefined;
    const paper = markets.get(live) ?? paperMarket(live, deps);
    markets.set(live, paper);
    return paper;
  };
};
