import { eventually } from '@latchkey/testkit';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issueTokens } from './support/issue-tokens.js';
import { differences, type BookedOrder, type OwnTrade } from './support/hostile/books.js';
import { crowd } from './support/hostile/crowd.js';
import { control, newAlert, post, strategyOf, userOf, type Strategy } from './support/people.js';
import { startStack, type Stack } from './support/stack.js';

// The whole of it: HOSTILE_ORDERS=20000 HOSTILE_FOLLOWERS=2000. A failure is told with its seed; HOSTILE_SEED draws the same faults for the same names.
const orders = Number(process.env['HOSTILE_ORDERS'] ?? 240);
const followers = Number(process.env['HOSTILE_FOLLOWERS'] ?? 40);
const seed = Number(process.env['HOSTILE_SEED'] ?? Date.now() % 1_000_000);
/** Each lane (account and symbol) takes one order after the other, and none while one is unknown: the next alert comes when those have been sent. */
const everyMs = Number(process.env['HOSTILE_EVERY_MS'] ?? 1_000);
const symbols = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'];
const alerts = Math.ceil(orders / followers);
const settleMs = 240_000 + orders * 30;

/** What is strained here is not how much anybody may do. */
const noRates = {
  SIMULATOR_LIMITS: 'off',
  RATE_LIMIT_SCALE: '1000',
  CREDENTIAL_SIGNATURE_BURST: '1000000',
  CREDENTIAL_SIGNATURES_PER_SECOND: '1000000',
  INSTANCE_SIGNATURE_BURST: '1000000',
  INSTANCE_SIGNATURES_PER_SECOND: '1000000',
};

describe(`a hostile venue, seed ${seed}`, () => {
  let stack: Stack;
  let executor: Client;
  let strategies: readonly Strategy[];
  const signalIds: string[] = [];
  const keyOf = new Map<string, string>();

  const own = async (): Promise<readonly OwnTrade[]> =>
    (
      await executor.query<OwnTrade>(
        `select trade_id as "tradeId", user_id as "userId", client_order_id as "clientOrderId", status, reason, filled,
           average_price as "averagePrice" from trades order by requested_at, trade_id`,
      )
    ).rows;
  const book = async (): Promise<readonly BookedOrder[]> =>
    (await control(stack, 'GET', '/orders')).body as unknown as readonly BookedOrder[];
  const open = async (): Promise<number> =>
    (await executor.query<{ n: number }>('select count(*)::int as n from trades where open')).rows[0]?.n ?? -1;

  beforeAll(async () => {
    stack = await startStack(noRates);
    const owner = userOf(stack, 'owner', await issueTokens(stack)('owner'));
    // A strategy for each symbol, so that no lane has two orders of one moment.
    strategies = await Promise.all(symbols.map((symbol) => strategyOf(owner, symbol)));
    for (const { userId, apiKey } of await crowd(stack, seed, followers, strategies)) keyOf.set(userId, apiKey);
    executor = new Client({ connectionString: stack.description().postgres.databases['trade-executor'] as string });
    await executor.connect();
    expect((await control(stack, 'PUT', '/fault-plan', { seed })).status).toBeLessThan(300);
  }, 600_000);
  afterAll(async () => {
    await executor?.end();
    await stack?.dispose();
  });

  it(
    `takes ${alerts} alerts with ${followers} followers each`,
    async () => {
      const due = performance.now();
      for (let i = 0; i < alerts; i += 1) {
        await eventually(() => performance.now() >= due + i * everyMs, { timeoutMs: everyMs * 10 + 10_000, everyMs: 20 });
        const which = i % symbols.length;
        const taken = await post(stack, strategies[which] as Strategy, newAlert({ ticker: symbols[which] }));
        expect(taken).toMatchObject({ status: 202, body: { status: 'accepted' } });
        signalIds.push(taken.body['signalId'] as string);
      }
      await eventually(async () => expect(await own()).toHaveLength(alerts * followers), { timeoutMs: 120_000, everyMs: 500 });
    },
    everyMs * alerts * 10 + 300_000,
  );

  it(
    'settles every one of them once the venue answers',
    async () => {
      // The venue heals when everything was sent once, or has passed its age.
      await eventually(
        async () => {
          const { rows } = await executor.query<{ n: number }>(
            "select count(*)::int as n from trades where status = 'requested'",
          );
          expect(rows[0]?.n).toBe(0);
        },
        { timeoutMs: settleMs, everyMs: 1_000 },
      );
      const plan = (await control(stack, 'GET', '/fault-plan')).body;
      expect((await control(stack, 'DELETE', '/fault-plan')).status).toBeLessThan(300);
      await eventually(async () => expect(await open()).toBe(0), { timeoutMs: settleMs, everyMs: 1_000 });
      const counts = Object.fromEntries(
        [...Map.groupBy(await own(), ({ status }) => status)].map(([status, trades]) => [status, trades.length]),
      );
      process.stderr.write(`${JSON.stringify({ seed, trades: alerts * followers, counts, plan })}\n`);
      expect(Object.keys(counts).filter((status) => !/^(filled|canceled|rejected|denied|expired)$/.test(status))).toEqual([]);
      // Most of them were orders: what was only expired would prove little.
      expect(counts['filled'] ?? 0).toBeGreaterThan(alerts * followers * 0.7);
    },
    settleMs * 2 + 60_000,
  );

  it('has doubled none, lost none, and called none final that is not: the venue’s book is ours', async () => {
    expect(differences(await own(), await book()), `seed ${seed}`).toEqual({ doubled: [], wronglyFinal: [], unequal: [] });
  });

  it('owns in every following what the venue holds in every account', async () => {
    const { rows } = await executor.query<{ user_id: string; symbol: string; quantity: string }>(
      "select user_id, symbol, sum(quantity)::text as quantity from positions where market_type = 'linear' group by user_id, symbol having sum(quantity) <> 0",
    );
    const ours = rows.map(({ user_id, symbol, quantity }) => `${keyOf.get(user_id)} ${symbol} ${Number(quantity)}`);
    const theirs = ((await control(stack, 'GET', '/positions')).body as unknown as readonly Position[]).map(
      ({ apiKey, symbol, side, size }) => `${apiKey} ${symbol} ${side === 'long' ? Number(size) : -Number(size)}`,
    );
    expect(ours.toSorted(), `seed ${seed}`).toEqual(theirs.toSorted());
  });
});

type Position = { readonly apiKey: string; readonly symbol: string; readonly side: 'long' | 'short'; readonly size: string };
