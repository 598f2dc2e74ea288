import { decimalString, type MarketType } from '@latchkey/contracts';
import { add, decimal, negate, zero, type Decimal } from '@latchkey/kernel';
import type { bybit } from 'ccxt';
import { z } from 'zod';
import type { Exchange, SignedCall, VenueClock } from '../../../app/ports/exchange.js';
import type { ListedOrder } from '../../../domain/reconciliation/compare-orders.js';
import type { SignedRequests } from '../signed-requests.js';
import { readResult } from './bybit-envelope.js';
import { readOrderRow } from './bybit-orders.js';

type Deps = {
  readonly category: MarketType;
  readonly signed: bybit;
  readonly run: SignedRequests['run'];
  readonly clock: VenueClock;
};

/** The most that a page of orders holds; the next one would need a cursor, for which nothing is signed. */
const mostOrders = '50';

/** A long and a short one, in hedge mode. */
const mostPositions = '2';

const orders = z.object({
  list: z.array(z.looseObject({ orderLinkId: z.string(), side: z.enum(['Buy', 'Sell']) })),
});

const readOrders =
  (category: MarketType) =>
  (body: unknown): readonly ListedOrder[] | undefined =>
    readResult(body, orders)?.list.flatMap((row): readonly ListedOrder[] => {
      const order = readOrderRow(row, category);
      return order ? [{ ...order, clientOrderId: row.orderLinkId, side: row.side === 'Buy' ? 'buy' : 'sell' }] : [];
    });

const positions = z.object({
  list: z.array(z.object({ symbol: z.string(), side: z.enum(['Buy', 'Sell', '', 'None']), size: decimalString })),
});

/** The size has no sign; its side has. */
const readPositions = (body: unknown): Decimal | undefined =>
  readResult(body, positions)
    ?.list.map(({ side, size }) => (side === 'Sell' ? negate(decimal(size)) : decimal(size)))
    .reduce(add, zero);

const wallets = z.object({
  list: z.array(z.object({ coin: z.array(z.object({ coin: z.string(), walletBalance: decimalString })) })).min(1),
});

const readBalance =
  (asset: string) =>
  (body: unknown): Decimal | undefined => {
    const coins = readResult(body, wallets)?.list.flatMap(({ coin }) => coin);
    const held = coins?.find(({ coin }) => coin === asset);
    return coins && (held ? decimal(held.walletBalance) : zero);
  };

/** Lists of an account on one of Bybit's markets. */
export const bybitBooks = ({ category, signed, run, clock }: Deps): Pick<Exchange, 'recentOrders' | 'holdings'> => {
  const now = (call: SignedCall): SignedCall => ({ ...call, timestamp: clock.now() ?? call.timestamp });

  const ofInstrument = (instrument: string, call: SignedCall) =>
    category === 'linear'
      ? run(
          call,
          'positions',
          () => signed.privateGetV5PositionList({ category, symbol: instrument, limit: mostPositions }),
          readPositions,
        )
      : run(
          call,
          'account',
          () => signed.privateGetV5AccountWalletBalance({ accountType: 'UNIFIED', coin: instrument }),
          readBalance(instrument),
        );

  return {
    // Open ones are in another list, and each of ours is looked up there by its own id; here it is about what is thought to be over.
    recentOrders: async ({ symbol }, call) => {
      const answer = await run(
        call,
        'order.history',
        () => signed.privateGetV5OrderHistory({ category, symbol, limit: mostOrders }),
        readOrders(category),
      );
      return answer.ok ? { orders: answer.value } : undefined;
    },
    holdings: async (instruments, call) => {
      const held = new Map<string, Decimal>();
      for (const instrument of instruments) {
        const answer = await ofInstrument(instrument, now(call));
        if (!answer.ok) return undefined;
        held.set(instrument, answer.value);
      }
      return held;
    },
  };
};
