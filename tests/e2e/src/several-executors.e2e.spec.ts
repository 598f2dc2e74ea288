import { eventually } from '@latchkey/testkit';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issueTokens } from './support/issue-tokens.js';
import { markets, orderPathOf } from './support/markets.js';
import {
  book,
  control,
  follow,
  newAlert,
  post,
  settledSignal,
  settledTrade,
  strategyOf,
  trader,
  type Strategy,
  type User,
} from './support/people.js';
import { pace } from './support/pace.js';
import { startStack, type Stack } from './support/stack.js';

/** Full sizes: LATCHKEY_FANOUT_FOLLOWERS=1000, LATCHKEY_ORDER_PAIRS=2000. */
const followers = Number(process.env['LATCHKEY_FANOUT_FOLLOWERS'] ?? 60);
const pairs = Number(process.env['LATCHKEY_ORDER_PAIRS'] ?? 60);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const plenty = { balances: { USDT: '100000000', BTC: '1000' } };

describe('several executors on one stack', () => {
  let stack: Stack;
  let users: readonly User[];
  let owner: User;
  let strategy: Strategy;
  beforeAll(async () => {
    stack = await startStack({
      LATCHKEY_EXECUTORS: '2',
      RATE_LIMIT_SCALE: '1000',
      LOG_LEVEL: 'warn',
      // Slow venues with their real limits would take longer for so many than an entry may wait.
      ...(followers > 200 && { SIMULATOR_LIMITS: 'off' }),
    });
    const tokenOf = issueTokens(stack);
    const people: User[] = [];
    for (let next = 0; next < followers; next += 10) {
      const ids = Array.from({ length: Math.min(10, followers - next) }, (_, index) => next + index);
      people.push(
        ...(await Promise.all(
          ids.map(async (n) =>
            trader(stack, `follower-${n}`, await tokenOf(`follower-${n}`), markets[n % markets.length], plenty),
          ),
        )),
      );
    }
    users = people;
    owner = users[0] as User;
    strategy = await strategyOf(owner);
    for (const user of users) await follow(user, strategy);
  }, 900_000);
  afterAll(() => stack?.dispose());

  const scale = async (count: number) => {
    const done = await stack.cli('executors', 'scale', String(count), '--json');
    expect(done).toMatchObject({ code: 0 });
    expect((JSON.parse(done.stdout) as { executors: unknown[] }).executors).toHaveLength(count);
  };
  const query = async <T extends object>(service: string, text: string): Promise<readonly T[]> => {
    const client = new Client({ connectionString: stack.description().postgres.databases[service] ?? '' });
    await client.connect();
    try {
      return (await client.query<T>(text)).rows;
    } finally {
      await client.end();
    }
  };
  const open = async () =>
    (await query<{ n: number }>('trade-executor', `select count(*)::int as n from trades where open`))[0]?.n ?? 0;
  const holders = async (of = 'partition-%'): Promise<ReadonlyMap<string, number>> => {
    const rows = await query<{ holder: string; n: number }>(
      'trade-executor',
      `select split_part(holder, '/', 1) as holder, count(*)::int as n from leases where name like '${of}' and expires_at > clock_timestamp() group by 1`,
    );
    return new Map(rows.map(({ holder, n }) => [holder, n]));
  };
  const shared = (count: number) =>
    eventually(async () => expect([...(await holders()).values()]).toEqual(Array(count).fill(64 / count)), {
      timeoutMs: 40_000,
      everyMs: 200,
    });
  const alert = async (of = strategy, fields: object = {}): Promise<string> => {
    const { status, body, text } = await post(stack, of, newAlert({ ...fields }));
    if (status !== 202) throw new TypeError(`not taken: ${status} ${text}`);
    return body['signalId'] as string;
  };
  /** How the trades of a signal ended, and how many each way. */
  const endsOf = async (...signalIds: readonly string[]): Promise<Readonly<Record<string, number>>> => {
    const rows = await query<{ end: string; n: number }>(
      'trade-executor',
      `select rtrim(concat(status, ' ', case when status <> 'filled' then reason end)) as end, count(*)::int as n
        from trades where signal_id in (${signalIds.map((id) => `'${id}'`).join()}) group by 1`,
    );
    return Object.fromEntries(rows.map(({ end, n }) => [end, n]));
  };
  const ordersBefore = async () => new Set((await book(stack)).map(({ clientOrderId }) => clientOrderId));
  /** One order for each follower and signal, whatever else. */
  const oneEach = async (before: ReadonlySet<string>, signals: readonly string[], timeoutMs = 170_000) => {
    for (const signalId of signals)
      expect(await settledSignal(owner, signalId, followers, timeoutMs)).toEqual({ filled: followers });
    const ids = (await book(stack)).map(({ clientOrderId }) => clientOrderId).filter((id) => !before.has(id));
    expect(ids).toHaveLength(followers * signals.length);
    expect(new Set(ids).size).toBe(ids.length);
  };

  it('are known to status, doctor and logs, and share the partitions', async () => {
    await shared(2);
    const status = JSON.parse((await stack.cli('status', '--json')).stdout) as { parts: { name: string; alive: boolean }[] };
    const running = status.parts.filter(({ name }) => name.startsWith('trade-executor'));
    expect(running.map(({ name, alive }) => ({ name, alive }))).toEqual([
      { name: 'trade-executor', alive: true },
      { name: 'trade-executor-2', alive: true },
    ]);
    expect((await stack.cli('doctor')).stdout).toContain('trade-executor, trade-executor-2');
    expect(await stack.cli('logs', 'trade-executor-2')).toMatchObject({ code: 0 });
    expect(await stack.cli('executors', 'scale', '33')).toMatchObject({ code: 1 });
  });

  it('keep a user’s halt, whichever of them holds the user', async () => {
    const halted = users.slice(0, 6);
    for (const user of halted)
      expect(await user.api('POST', '/api/trading/halt', { scope: 'user', reason: 'holiday' })).toMatchObject({ status: 200 });
    const signalId = await alert();
    for (const user of halted)
      expect(await settledTrade(user, signalId)).toMatchObject({ status: 'denied', reason: 'halted.user' });
    for (const user of halted)
      expect(await user.api('POST', '/api/trading/resume', { scope: 'user', reason: 'back' })).toMatchObject({ status: 200 });
    await settledSignal(owner, signalId, followers);
  });

  it('are added and taken away while trading goes on', async () => {
    const before = await ordersBefore();
    const signals: string[] = [];
    let ends = false;
    const trading = (async () => {
      while (!ends) {
        signals.push(await alert());
        await settledSignal(owner, signals.at(-1) ?? '', followers);
      }
    })();
    try {
      await scale(4);
      await shared(4);
      await scale(1);
      await shared(1);
      await scale(2);
      await shared(2);
    } finally {
      ends = true;
      await trading;
    }
    await oneEach(before, signals);
  });

  /** The venues take each follower's order a little later than the one before: so there is a middle in which something can happen. */
  const slowVenues = async (): Promise<void> => {
    for (const [n, { apiKey, market }] of users.entries()) {
      const fault = { exchange: market.exchange, path: orderPathOf(market), method: 'POST', kind: 'delay' };
      const params = { ms: 200 + (3_000 * n) / users.length };
      expect((await control(stack, 'POST', '/faults', { ...fault, params, apiKey })).status).toBe(201);
    }
  };

  it('take over from one that is killed and one that is frozen half way through a fan-out; the frozen one wakes up and does no harm', async () => {
    await scale(4);
    await shared(4);
    const before = await ordersBefore();
    await slowVenues();
    const startedAt = Date.now();
    const signalId = await alert();
    const standing = async () => (await book(stack)).filter(({ clientOrderId }) => !before.has(clientOrderId)).length;
    await eventually(async () => (await standing()) >= followers / 4, { timeoutMs: 60_000, everyMs: 5 });
    stack.signal('trade-executor-4', 'SIGKILL');
    const frozen = stack.pidOf('trade-executor-3');
    process.kill(frozen, 'SIGSTOP');
    try {
      await eventually(async () => expect(await open()).toBe(0), { timeoutMs: 400_000, everyMs: 200 });
    } finally {
      process.kill(frozen, 'SIGCONT');
    }
    await shared(4);
    const orders = (await book(stack)).filter(({ clientOrderId }) => !before.has(clientOrderId));
    const lastMs = Math.max(...orders.map(({ receivedAt }) => Date.parse(receivedAt))) - startedAt;
    const ended = await endsOf(signalId);
    say(
      `fan-out of ${followers}, one of four executors killed and one frozen half way: ${orders.length} orders, the last after ${(lastMs / 1_000).toFixed(1)} s, ${JSON.stringify(ended)}`,
    );
    expect(new Set(orders.map(({ clientOrderId }) => clientOrderId)).size).toBe(orders.length);
    // What the dead one had committed and not sent is never sent a second time where the venue could take both: it says so.
    const { filled, 'expired unproven': unproven = 0, ...others } = ended;
    expect({ orders: orders.length, all: (filled ?? 0) + unproven, others }).toEqual({
      orders: filled,
      all: followers,
      others: {},
    });
    const later = await ordersBefore();
    await oneEach(later, [await alert()]);
    await control(stack, 'DELETE', '/faults');
    await scale(2);
  }, 600_000);

  it('a venue that answers nothing holds up its own users only', async () => {
    const stalled = users.filter(({ market }) => market.exchange === 'bybit');
    const others = users.filter(({ market }) => market.exchange !== 'bybit');
    const before = await ordersBefore();
    expect(
      (await control(stack, 'POST', '/faults', { exchange: 'bybit', kind: 'delay', times: 100_000, params: { ms: 60_000 } }))
        .status,
    ).toBe(201);
    try {
      const signalId = await alert();
      for (const user of others) expect(await settledTrade(user, signalId)).toMatchObject({ status: 'filled' });
      const keys = new Set(stalled.map(({ apiKey }) => apiKey));
      const orders = (await book(stack)).filter(({ clientOrderId }) => !before.has(clientOrderId));
      expect(orders.filter(({ apiKey }) => !keys.has(apiKey))).toHaveLength(others.length);
      // The stalled ones are still waited for: the others did not have to.
      const counts = (await owner.api('GET', `/api/signals/${signalId}`)).body['counts'] as Record<string, number>;
      expect(counts['filled']).toBe(others.length);
    } finally {
      await control(stack, 'DELETE', '/faults');
    }
    await eventually(async () => expect(await open()).toBe(0), { timeoutMs: 170_000, everyMs: 200 });
  }, 400_000);

  describe('a buy and a sell of one strategy, a millisecond apart', () => {
    const traders: { readonly user: User; readonly strategy: Strategy; readonly sent: string[] }[] = [];
    beforeAll(async () => {
      const tokenOf = issueTokens(stack);
      for (const [n, market] of [...markets, ...markets].entries()) {
        const user = await trader(stack, `pair-${n}`, await tokenOf(`pair-${n}`), market, plenty);
        const own = await strategyOf(user);
        await follow(user, own, { mode: 'base_amount', value: '0.001' });
        traders.push({ user, strategy: own, sent: [] });
      }
    });

    it('never overtake each other, also when signals are delivered again', async () => {
      /** The executor that takes signals from the broker stops answering, or the broker itself is gone for a moment. */
      const disturb = async (round: number): Promise<void> => {
        if (round % 2 === 1) {
          const pid = stack.pidOf('nats');
          process.kill(pid, 'SIGKILL');
          return eventually(() => expect(stack.pidOf('nats')).not.toBe(pid), { timeoutMs: 30_000 });
        }
        const [holder] = (await holders('consumer:trade-executor-signals')).keys();
        // The first executor has no name of its own: it is the one that is not the second.
        const pid = stack.pidOf(holder === 'trade-executor-2' ? holder : 'trade-executor');
        process.kill(pid, 'SIGSTOP');
        try {
          await eventually(
            async () => expect([...(await holders('consumer:trade-executor-signals')).keys()]).not.toEqual([holder]),
            {
              timeoutMs: 30_000,
            },
          );
        } finally {
          process.kill(pid, 'SIGCONT');
        }
      };
      const pair = async ({ strategy: own, sent }: (typeof traders)[number]): Promise<void> => {
        const buying = alert(own, { action: 'buy' });
        await pace(1);
        const selling = alert(own, { action: 'sell' });
        sent.push(await buying, await selling);
      };
      const disturbances = Math.max(2, Math.round(pairs / 250));
      const ended = async (): Promise<number> => {
        const own = traders.map(({ strategy: { id } }) => `'${id}'`).join();
        const text = `select count(*)::int as n from trades where not open and strategy_id in (${own})`;
        return (await query<{ n: number }>('trade-executor', text))[0]?.n ?? 0;
      };
      let posted = 0;
      for (let round = 0; round < disturbances; round += 1) {
        const disturbing = disturb(round);
        for (const until = (pairs * (round + 1)) / disturbances; posted < until;) {
          // Signals that nobody has taken from the broker yet count too: what piles up there grows too old to be traded.
          await eventually(async () => 2 * posted - (await ended()) < 6 * traders.length, { timeoutMs: 120_000 });
          const some = traders.slice(0, pairs - posted);
          await Promise.all(some.map(pair));
          posted += some.length;
        }
        await disturbing;
      }
      await eventually(async () => (await open()) === 0, { timeoutMs: 170_000, everyMs: 200 });
      const trades = await query<{ signal_id: string; client_order_id: string; status: string }>(
        'trade-executor',
        'select signal_id, client_order_id, status from trades',
      );
      const arrived = await query<{ id: string; n: number }>(
        'gateway',
        `select data->>'signalId' as id, (data->>'sequence')::int as n from events where type = 'SignalReceived'`,
      );
      const sequence = new Map(arrived.map(({ id, n }) => [id, n]));
      let [inversions, orders] = [0, 0];
      const ends = new Map<string, number>();
      for (const { user, sent } of traders) {
        // As they were sent, they arrived; and as they arrived, they stand in the venue's book.
        expect(sent.map((id) => sequence.get(id))).toEqual(sent.map((_, index) => index + 1));
        const place = new Map(trades.map(({ client_order_id, signal_id }) => [client_order_id, sent.indexOf(signal_id)]));
        const stood = (await book(stack, user.apiKey)).map(({ clientOrderId }) => place.get(clientOrderId) ?? -1);
        // What was too old by the time that somebody could send it, or died on its way, is no order, and says so.
        const { filled, ...others } = await endsOf(...sent);
        for (const [end, n] of Object.entries(others)) ends.set(end, (ends.get(end) ?? 0) + n);
        expect(stood).toHaveLength(filled ?? 0);
        orders += stood.length;
        inversions += stood.filter((at, index) => index > 0 && at < (stood[index - 1] ?? 0)).length;
      }
      say(
        `${pairs} pairs, ${orders} orders, delivered again ${disturbances} times: ${inversions} inversions; ${JSON.stringify(Object.fromEntries(ends))}`,
      );
      expect(inversions).toBe(0);
      expect([...ends.keys()].filter((end) => !end.startsWith('expired'))).toEqual([]);
      // Where little stood, little was shown.
      expect(orders).toBeGreaterThan(1.9 * pairs);
    }, 1_800_000);
  });
});
