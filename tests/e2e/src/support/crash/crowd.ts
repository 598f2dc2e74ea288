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
  /** Accounts that hold something else than their followings own, and exits that went past what there was. */
  readonly wrong: readonly string[];
  /** Exits that closed something. */
  readonly closed: number;
};

type Row = {
  readonly signal_id: string;
  readonly user_id: string;
  readonly action: string;
  readonly filled: string;
  readonly orders: readonly { readonly clientOrderId: string; readonly filled: string }[];
  readonly status: string;
  readonly reason: string | null;
  readonly open: boolean;
};

type Held = { readonly apiKey: string; readonly symbol: string; readonly side: 'long' | 'short'; readonly size: string };
type Wallets = { readonly wallets: { readonly spot: Readonly<Record<string, { readonly free: string }>> } };

export type Crowd = {
  readonly users: readonly User[];
  /** Posts one alert; some of the venue's answers to it go wrong. @returns the accepted signal */
  readonly alert: (random: Random, faults?: number, kinds?: readonly Trouble[]) => Promise<string>;
  /** Closes what there is of the alert before the last one, beside what is under way. @returns the accepted signal */
  readonly exit: () => Promise<string>;
  /** Once more where something was closed, and where the last alert was, and an alert after it: an exit looks out for what may still appear until a later signal is traded. */
  readonly goOn: () => Promise<readonly string[]>;
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
/** Coins of their own, too: an exit that sold more than its following bought would not be stopped by the venue. */
const ownCoins = '1000';
const plenty = { balances: { USDT: '100000000', BTC: ownCoins, ETH: ownCoins, SOL: ownCoins } };
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
  const exited = new Set<string>();

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
    query<Row>('select signal_id, user_id, action, status, reason, open, filled, orders from trades where signal_id = any($1)', [
      signals,
    ]);
  const send = async (fields: object): Promise<string> => {
    const { status, body, text } = await post(stack, strategy, newAlert(fields as Record<string, unknown>));
    if (status !== 202) throw new TypeError(`the alert was not taken: ${status} ${text}`);
    return body['signalId'] as string;
  };
  const current = (): string => tickers[alerts % tickers.length] as string;

  /** What each account holds beside what it began with is what its following owns, and none owns less than nothing. */
  const misheld = async (): Promise<readonly string[]> => {
    const owned = new Map(
      (await query<{ user_id: string; symbol: string; quantity: string }>('select user_id, symbol, quantity from positions')).map(
        ({ user_id, symbol, quantity }) => [`${user_id}/${symbol}`, Number(quantity)],
      ),
    );
    const positions = (await control(stack, 'GET', '/positions')).body as unknown as readonly Held[];
    const heldBy = async ({ apiKey, market }: User): Promise<(symbol: string) => number> => {
      if (market.marketType === 'linear')
        return (symbol) =>
          positions
            .filter((one) => one.apiKey === apiKey && one.symbol === symbol)
            .reduce((sum, one) => sum + (one.side === 'long' ? 1 : -1) * Number(one.size), 0);
      const { account } = (await control(stack, 'PATCH', `/accounts/${apiKey}`, {})).body as { account: Wallets };
      return (symbol) => Number(account.wallets.spot[symbol.replace('USDT', '')]?.free ?? 0) - Number(ownCoins);
    };
    const found = await Promise.all(
      users.map(async (user) => {
        const held = await heldBy(user);
        return tickers.flatMap((symbol): readonly string[] => {
          const [ours, theirs] = [owned.get(`${user.id}/${symbol}`) ?? 0, held(symbol)];
          const what = `${user.id} at ${user.market.exchange} ${user.market.marketType}: ${symbol}`;
          if (Math.abs(ours - theirs) > 1e-9) return [`${what} is ${theirs} by the venue and ${ours} by us`];
          return ours < -1e-9 ? [`${what} was sold beyond what was bought: ${ours}`] : [];
        });
      }),
    );
    return found.flat();
  };

  return {
    users,
    query,
    alert: async (random, faults = 0.1, kinds = troubles) => {
      await trouble(random, faults, kinds);
      alerts += 1;
      return send({ ticker: current() });
    },
    exit: async () => {
      const ticker = tickers[(alerts + tickers.length - 1) % tickers.length] as string;
      exited.add(ticker);
      return send({ ticker, action: 'exit', quantity: undefined });
    },
    goOn: async () => {
      const signals: string[] = [];
      for (const ticker of exited.add(current())) {
        signals.push(await send({ ticker, action: 'exit', quantity: undefined }));
        signals.push(await send({ ticker }));
      }
      exited.clear();
      return signals;
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
      const known = await query<{ id: string }>(`select jsonb_array_elements(orders) ->> 'clientOrderId' as id from trades`);
      const ours = new Set(known.map(({ id }) => id));
      for (const { clientOrderId, status } of standing) {
        if (status !== 'rejected') orders.set(clientOrderId, (orders.get(clientOrderId) ?? 0) + 1);
      }
      const tell = ({ signal_id, user_id, status, reason }: Row) => `${signal_id}/${user_id} ${status} ${reason ?? ''}`.trim();
      const requested = new Set(rows.map(({ signal_id, user_id }) => `${signal_id}/${user_id}`));
      const ended = rows.filter(({ open }) => !open);
      const filled = ended.filter(({ status }) => status === 'filled');
      const without = ended.filter(({ status }) => status !== 'filled');
      const standingOf = ({ orders: own }: Row): readonly number[] =>
        own.map(({ clientOrderId }) => orders.get(clientOrderId) ?? 0);
      const executed = new Map(standing.map(({ clientOrderId, filled: amount }) => [clientOrderId, Number(amount)]));
      const isAsSaid = ({ orders: own }: Row): boolean =>
        own.every(({ clientOrderId, filled: amount }) => (executed.get(clientOrderId) ?? 0) === Number(amount));
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
          // What it says of an order is not what the venue executed: none stands there, or one does that it denies.
          ...ended.filter((row) => !isAsSaid(row)).map(tell),
        ],
        doubled: [
          ...rows.filter((row) => standingOf(row).some((count) => count > 1)).map(tell),
          ...[...orders.keys()].filter((id) => !ours.has(id)).map((id) => `${id} is in the book and in no trade`),
        ],
        stuck: rows.filter(({ open }) => open).map(tell),
        wrong: await misheld(),
        closed: ended.filter(({ action, filled: amount }) => action === 'exit' && Number(amount) > 0).length,
      };
    },
  };
};
