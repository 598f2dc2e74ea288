import { withTransaction, type Tx } from '@latchkey/event-store';
import { decimal, type Clock, type Decimal } from '@latchkey/kernel';
import type { Pool } from 'pg';
import type { PaperBooked, PaperBooks, PaperKey } from '../../app/ports/paper-books.js';
import type { PaperAccount } from '../../domain/paper/fill-on-paper.js';

/** What everybody begins with, in each market of each exchange. */
const startingBalances: Readonly<Record<string, Decimal>> = { USDT: decimal('100000') };

type AccountRow = {
  readonly balances: Readonly<Record<string, string>>;
  readonly positions: Readonly<Record<string, { readonly quantity: string; readonly entryPrice: string }>>;
};
type OrderRow = {
  readonly order_id: string;
  readonly side: 'buy' | 'sell';
  readonly amount: string;
  readonly price: string;
  readonly fee: string;
  readonly fee_asset: string;
  readonly at: Date;
};

const accountOf = ({ balances, positions }: AccountRow): PaperAccount => ({
  balances: new Map(Object.entries(balances).map(([asset, amount]) => [asset, decimal(amount)])),
  positions: new Map(
    Object.entries(positions).map(([symbol, { quantity, entryPrice }]) => [
      symbol,
      { quantity: decimal(quantity), entryPrice: decimal(entryPrice) },
    ]),
  ),
});
const bookedOf = ({ order_id, side, amount, price, fee, fee_asset, at }: OrderRow): PaperBooked => ({
  orderId: order_id,
  side,
  amount: decimal(amount),
  price: decimal(price),
  fee: decimal(fee),
  feeAsset: fee_asset,
  at: at.toISOString(),
});
const valuesOf = ({ userId, exchange, marketType }: PaperKey) => [userId, exchange, marketType];

const findOrder = 'select order_id, side, amount, price, fee, fee_asset, at from paper_orders where client_order_id = $1';
const openAccount = `insert into paper_accounts (user_id, exchange, market_type, balances, positions)
  values ($1, $2, $3, $4, '{}') on conflict do nothing`;
const readAccount = 'select balances, positions from paper_accounts where user_id = $1 and exchange = $2 and market_type = $3';
const lockAccount = `${readAccount} for update`;
// Whoever waited for the account is judged by when it got it.
const timeIsUp = 'select extract(epoch from clock_timestamp()) * 1000 > $1 as late';
/** A process that freezes in the middle of an order loses it, before anybody takes its absence for proof. */
const idleTimeoutMs = 5_000;
const tooLate = {
  ok: false,
  late: true,
  reason: 'order.withheld',
  message: 'The attempt’s time was over before the paper venue could take it; nothing was ordered.',
} as const;

/** The account of now, which nobody else changes before this transaction ends. */
const locked = async (tx: Tx, key: PaperKey): Promise<PaperAccount> => {
  await tx.query(openAccount, [...valuesOf(key), JSON.stringify(startingBalances)]);
  const { rows } = await tx.query<AccountRow>(lockAccount, valuesOf(key));
  return accountOf(rows[0] ?? { balances: {}, positions: {} });
};

const save = (tx: Tx, key: PaperKey, { balances, positions }: PaperAccount) =>
  tx.query('update paper_accounts set balances = $4, positions = $5 where user_id = $1 and exchange = $2 and market_type = $3', [
    ...valuesOf(key),
    JSON.stringify(Object.fromEntries(balances)),
    JSON.stringify(Object.fromEntries(positions)),
  ]);

/** The paper venue in this service's Postgres: an order and what it did to its account are one commit. */
export const createPaperBooks = (pool: Pool, clock: Clock): PaperBooks => ({
  place: (key, { clientOrderId, symbol, until }, fill) =>
    withTransaction(
      pool,
      async (tx) => {
        const account = await locked(tx, key);
        const known = (await tx.query<OrderRow>(findOrder, [clientOrderId])).rows[0];
        if (known) return { ok: true, booked: bookedOf(known) };
        if ((await tx.query<{ late: boolean }>(timeIsUp, [until])).rows[0]?.late) return tooLate;
        const outcome = fill(account);
        if (!outcome.ok) return outcome;
        const { side, amount, price, fee, feeAsset } = outcome.fill;
        const { rows } = await tx.query<OrderRow>(
          `insert into paper_orders (client_order_id, user_id, exchange, market_type, symbol, side, amount, price, fee, fee_asset, at)
          values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) returning order_id, side, amount, price, fee, fee_asset, at`,
          [clientOrderId, ...valuesOf(key), symbol, side, amount, price, fee, feeAsset, new Date(clock.now()).toISOString()],
        );
        await save(tx, key, outcome.after);
        return { ok: true, booked: bookedOf(rows[0] as OrderRow) };
      },
      { idleTimeoutMs },
    ),
  find: async (clientOrderId) => {
    const { rows } = await pool.query<OrderRow>(findOrder, [clientOrderId]);
    return rows[0] && bookedOf(rows[0]);
  },
  account: async (key) => {
    const { rows } = await pool.query<AccountRow>(readAccount, valuesOf(key));
    return accountOf(rows[0] ?? { balances: startingBalances, positions: {} });
  },
  setBalances: (key, balances) =>
    withTransaction(pool, async (tx) => {
      const account = await locked(tx, key);
      const changed = new Map([...account.balances, ...Object.entries(balances)]);
      await save(tx, key, { ...account, balances: changed });
    }),
});
