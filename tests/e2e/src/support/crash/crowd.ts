import { Client } from 'pg';
import { eventually } from '@latchkey/testkit';
import { issueTokens } from '../issue-tokens.js';
import { markets, orderPathOf } from '../markets.js';
import { book, control, follow, newAlert, post, strategyOf, trader, type Strategy, type User } from '../people.js';
import type { Stack } from '../stack.js';
import { pick, type Random } from './random.js';

/** What the executor's database and the venue's book say about some signals. */
export type Verdict = {
  readonly signals: number;
  readonly trades: number;
  readonly filled: number;
  /** Ended without an order, and why; e.g. nothing proves on USDM that it may be sent again. */
  readonly explained: Readonly<Record<string, number>>;
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
  readonly stuck: readonly string[];
};

type Row = {
  readonly signal_id: string;
  readonly user_id: string;
  readonly client_order_id: string;
  readonly status: string;
  readonly reason: string | null;
  readonly open: boolean;
};

export type Crowd = {
  readonly users: readonly User[];
  /** Posts one alert; some of the venue's answers to it go wrong. @returns the accepted signal */
  readonly alert: (random: Random, faults?: number, kinds?: readonly Trouble[]) => Promise<string>;
  /** Waits until most of what was asked for has ended, but not for ever: a machine that is busy with other things gets no more than it can do. */
  readonly roomForMore: () => Promise<void>;
  /** Waits until everything of these signals has ended, at most so long, and looks at the book. */
  readonly judge: (signals: readonly string[], timeoutMs: number) => Promise<Verdict>;
  /** Asks the executor's database. */
  readonly query: <T extends object>(text: string, values?: readonly unknown[]) => Promise<readonly T[]>;
};

const tickers = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'] as const;
const troubles = [
  { kind: 'drop' },
  { kind: 'accept-then-drop' },
  { kind: 'accept-then-status', params: { status: 502 } },
  { kind: 'accept-late', params: { ms: 3_000 } },
  { kind: 'delay', params: { ms: 1_500 } },
] as const;
type Trouble = (typeof troubles)[number];
/** What the venue does so that an order is proven to be absent: nothing else brings an executor to that moment. */
export const onlyAbsences: readonly Trouble[] = [troubles[0]];
const plenty = { balances: { USDT: '100000000' } };
const sizing = { mode: 'quote_amount', value: '130' };

const enrol = async (stack: Stack, size: number): Promise<{ users: readonly User[]; strategy: Strategy }> => {
  const tokenOf = issueTokens(stack);
  const users: User[] = [];
  const add = async (index: number): Promise<User> => {
    const id = `crowd-${index}`;
    return trader(stack, id, await tokenOf(id), markets[index % markets.length], plenty);
  };
  for (let next = 0; next < size; next += 8)
    users.push(...(await Promise.all(Array.from({ length: Math.min(8, size - next) }, (_, i) => add(next + i)))));
  const strategy = await strategyOf(users[0] as User);
  for (let next = 0; next < size; next += 8)
    await Promise.all(users.slice(next, next + 8).map((user) => follow(user, strategy, sizing)));
  return { users, strategy };
};

/** Followers of one strategy, on both venues and both kinds of market, and the judge of what became of their orders. */
export const startCrowd = async (stack: Stack, size: number): Promise<Crowd> => {
  const { users, strategy } = await enrol(stack, size);
  const { databases } = stack.description().postgres;
  let alerts = 0;

  const query: Crowd['query'] = async (text, values = []) => {
    const client = new Client({ connectionString: databases['trade-executor'] ?? '' });
    await client.connect();
    try {
      return (await client.query(text, [...values])).rows;
    } finally {
      await client.end();
    }
  };

  const trouble = async (random: Random, share: number, kinds: readonly Trouble[]): Promise<void> => {
    for (const { apiKey, market } of users) {
      if (random() >= share) continue;
      const fault = { exchange: market.exchange, apiKey, path: orderPathOf(market), method: 'POST', ...pick(random, kinds) };
      const { status, text } = await control(stack, 'POST', '/faults', fault);
      if (status !== 201) throw new TypeError(`no fault: ${text}`);
    }
  };

  const rowsOf = (signals: readonly string[]): Promise<readonly Row[]> =>
    query<Row>('select signal_id, user_id, client_order_id, status, reason, open from trades where signal_id = any($1)', [
      signals,
    ]);

  return {
    users,
    query,
    alert: async (random, faults = 0.1, kinds = troubles) => {
      await trouble(random, faults, kinds);
      const { status, body, text } = await post(stack, strategy, newAlert({ ticker: tickers[(alerts += 1) % tickers.length] }));
      if (status !== 202) throw new TypeError(`the alert was not taken: ${status} ${text}`);
      return body['signalId'] as string;
    },
    roomForMore: async () => {
      const open = async () => (await query<{ n: number }>('select count(*)::int as n from trades where open'))[0]?.n ?? 0;
      await eventually(async () => (await open()) < 2 * users.length, { timeoutMs: 10_000, everyMs: 100 }).catch(() => undefined);
    },
    judge: async (signals, timeoutMs) => {
      const wanted = signals.flatMap((signal) => users.map(({ id }) => `${signal}/${id}`));
      const isOver = (rows: readonly Row[]) => rows.length >= wanted.length && rows.every(({ open }) => !open);
      await eventually(async () => isOver(await rowsOf(signals)), { timeoutMs, everyMs: 500 }).catch(() => undefined);
      const rows = await rowsOf(signals);
      const orders = new Map<string, number>();
      const standing = await book(stack);
      const ours = new Set((await query<{ id: string }>('select client_order_id as id from trades')).map(({ id }) => id));
      for (const { clientOrderId, status } of standing) {
        if (status !== 'rejected') orders.set(clientOrderId, (orders.get(clientOrderId) ?? 0) + 1);
      }
      const tell = ({ signal_id, user_id, status, reason }: Row) => `${signal_id}/${user_id} ${status} ${reason ?? ''}`.trim();
      const requested = new Set(rows.map(({ signal_id, user_id }) => `${signal_id}/${user_id}`));
      const ended = rows.filter(({ open }) => !open);
      const filled = ended.filter(({ status }) => status === 'filled');
      const without = ended.filter(({ status }) => status !== 'filled');
      const inBook = ({ client_order_id }: Row): number => orders.get(client_order_id) ?? 0;
      return {
        signals: signals.length,
        trades: rows.length,
        filled: filled.length,
        explained: Object.fromEntries(
          [...Map.groupBy(without, ({ status, reason }) => `${status}: ${reason ?? 'no reason'}`)].map(([why, some]) => [
            why,
            some.length,
          ]),
        ),
        lost: [
          ...wanted.filter((one) => !requested.has(one)),
          ...filled.filter((row) => inBook(row) === 0).map(tell),
          // It says that nothing stands at the venue, and something does: as bad as an order that is not there.
          ...without.filter((row) => inBook(row) > 0).map(tell),
        ],
        doubled: [
          ...rows.filter((row) => inBook(row) > 1).map(tell),
          ...[...orders.keys()].filter((id) => !ours.has(id)).map((id) => `${id} is in the book and in no trade`),
        ],
        stuck: rows.filter(({ open }) => open).map(tell),
      };
    },
  };
};
