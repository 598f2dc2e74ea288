import { bareOrdersPerSecond } from '../floors/bare-orders.js';
import type { Counter } from '../harness/cost.js';
import {
  arrivals,
  bookOf,
  fillFollowers,
  newStrategy,
  ordersTaken,
  postAlert,
  withLatency,
  type Strategy,
} from '../harness/followers.js';
import { json, pause, until } from '../harness/http.js';
import { residentMiB, watchMemory } from '../harness/memory.js';
import { watchRecord } from '../harness/record.js';
import { spread, type Cost, type FanOut, type Line, type Report } from '../harness/result.js';
import type { Stack } from '../harness/stack.js';

type Round = Pick<FanOut, 'lastOrderMs' | 'perSecond' | 'viewLagMs' | 'auditLagMs' | 'memoryMiB'>;
type Signal = { readonly counts?: Record<string, number> };
type Measured = { readonly stack: Stack; readonly strategy: Strategy; readonly followers: number };

const executorOf = (stack: Stack): number => stack.description().services['trade-executor']?.pid ?? 0;
const now = (): number => performance.timeOrigin + performance.now();

/** One alert to all followers, until every trade is settled and on the record. */
const fanOutOnce = async ({ stack, strategy, followers }: Measured): Promise<Round> => {
  const record = await watchRecord(stack);
  try {
    const before = (await bookOf(stack)).length;
    const taken = await ordersTaken(stack);
    const resident = residentMiB(executorOf(stack));
    const mostResident = watchMemory(executorOf(stack));
    const owner = await stack.tokenOf('owner');
    const { signalId, postedAt } = await postAlert(strategy);
    // The venue is asked, not the stack: questions would be counted as work of its own.
    await until(async () => (await ordersTaken(stack)) - taken >= followers, 300_000, 50);
    const url = `${stack.description().gateway.url}/api/signals/${signalId}`;
    await until(async () => (await json<Signal>(url, { token: owner })).counts?.['filled'] === followers, 120_000, 50);
    const seenAt = now();
    const memoryMiB = mostResident() - resident;
    const recordedAt = await record.caughtUp();
    const orders = (await bookOf(stack)).slice(before);
    const ids = new Set(orders.map(({ clientOrderId }) => clientOrderId));
    if (orders.length !== followers || ids.size !== followers)
      throw new TypeError(`${followers} followers, ${orders.length} orders, ${ids.size} of them different`);
    const lastAt = Math.max(...arrivals(orders));
    return {
      lastOrderMs: lastAt - postedAt,
      perSecond: (followers * 1_000) / (lastAt - postedAt),
      viewLagMs: seenAt - lastAt,
      auditLagMs: recordedAt - lastAt,
      memoryMiB,
    };
  } finally {
    await record.close();
  }
};

const median = (rounds: readonly Round[], of: keyof Round): number => spread(rounds.map((round) => round[of])).p50;

/** Rounds at one latency of the venue, beside bare ccxt at the same. */
const measure = async (
  measured: Measured,
  counter: Counter,
  { latencyMs, rounds, idle }: { readonly latencyMs: number; readonly rounds: number; readonly idle: Cost },
): Promise<FanOut & { readonly cost: Cost }> => {
  const { stack, followers } = measured;
  const bare = await withLatency(stack, latencyMs, () =>
    bareOrdersPerSecond(stack, { accounts: Math.min(followers, 1_000), orders: Math.min(followers, 3_000) }),
  );
  const all: Round[] = [];
  const cost = await counter.per(rounds * followers, () =>
    withLatency(stack, latencyMs, async () => {
      for (let i = 0; i < rounds; i += 1) all.push(await fanOutOnce(measured));
    }),
  );
  return {
    followers,
    latencyMs,
    rounds,
    bare,
    cost,
    lastOrderMs: median(all, 'lastOrderMs'),
    perSecond: median(all, 'perSecond'),
    viewLagMs: median(all, 'viewLagMs'),
    auditLagMs: median(all, 'auditLagMs'),
    // The first round alone: what it took stays with the process for the next.
    memoryMiB: all[0]?.memoryMiB ?? Number.NaN,
    statements: cost['statements'] ?? Number.NaN,
    idleStatements: ((idle['statements'] ?? Number.NaN) * (cost['elapsedMs'] ?? Number.NaN)) / 1_000,
    fsyncs: cost['fsyncs'] ?? Number.NaN,
  };
};

const lineOf = ({ followers, latencyMs, rounds, perSecond, bare }: FanOut): Line => ({
  benchmark: 'fan-out',
  measured: `${followers.toLocaleString('en')} followers, all durable, venue ${latencyMs} ms away${rounds > 1 ? `, median of ${rounds}` : ''}`,
  unit: '1/s',
  ours: perSecond,
  floorName: 'bare ccxt in a loop, 100 at once',
  floor: bare,
  ...(followers === 1_000 && { aim: { ratio: 1 / 3, direction: 'at least' } as const }),
});

/** One alert, many followers, with the limits of the venue off: orders per second beside bare ccxt in a loop, and what each order costs. */
const fanOutTo =
  (followers: number, { rounds, latencies }: { readonly rounds: number; readonly latencies: readonly number[] }) =>
  async (stack: Stack, counter: Counter): Promise<Report> => {
    const warm = await newStrategy(stack, 'owner');
    await fillFollowers(stack, warm, 100);
    await fanOutOnce({ stack, strategy: warm, followers: 100 });
    const strategy = await newStrategy(stack, 'owner');
    await fillFollowers(stack, strategy, followers);
    await pause(2_000); // the setup's own events are on their way to the record
    const idle = await counter.idle();
    const results: (FanOut & { readonly cost: Cost })[] = [];
    for (const latencyMs of latencies)
      results.push(await measure({ stack, strategy, followers }, counter, { latencyMs, rounds, idle }));
    return {
      lines: results.map(lineOf),
      costs: [
        ...results.map(({ latencyMs, cost }) => ({ of: `fan-out to ${followers}, venue ${latencyMs} ms away`, cost })),
        { of: 'nothing, a second', cost: idle },
      ],
      steps: [],
      fanOuts: results,
      notes: [],
    };
  };

export const fanOutTo100 = fanOutTo(100, { rounds: 3, latencies: [0] });
export const fanOutTo1000 = fanOutTo(1_000, { rounds: 3, latencies: [0, 50] });
export const fanOutTo10000 = fanOutTo(10_000, { rounds: 1, latencies: [0, 50] });
