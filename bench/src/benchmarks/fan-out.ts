import { bareOrdersPerSecond } from '../floors/bare-orders.js';
import type { Counter } from '../harness/cost.js';
import { arrivals, bookOf, follow, newFollowers, newStrategy, postAlert } from '../harness/followers.js';
import { inParallel, json, until } from '../harness/http.js';
import { spread, type Cost, type Line, type Report } from '../harness/result.js';
import type { Stack } from '../harness/stack.js';

const rounds = 3;

type Signal = { readonly counts?: Record<string, number> };

/** One alert to all followers, until every trade is settled. @returns orders per second, from the post to the last receipt */
const fanOutOnce = async (
  stack: Stack,
  strategy: Awaited<ReturnType<typeof newStrategy>>,
  owner: string,
  followers: number,
): Promise<number> => {
  const before = (await bookOf(stack)).length;
  const { signalId, postedAt } = await postAlert(strategy);
  const url = `${stack.description().gateway.url}/api/signals/${signalId}`;
  await until(async () => (await json<Signal>(url, { token: owner })).counts?.['filled'] === followers, 120_000, 100);
  const orders = (await bookOf(stack)).slice(before);
  const ids = new Set(orders.map(({ clientOrderId }) => clientOrderId));
  if (orders.length !== followers || ids.size !== followers)
    throw new TypeError(`${followers} followers, ${orders.length} orders, ${ids.size} of them different`);
  return (followers * 1_000) / (Math.max(...arrivals(orders)) - postedAt);
};

/** One alert, many followers: orders per second beside bare ccxt in a loop, and what each order costs. */
const fanOutTo =
  (followers: number) =>
  async (stack: Stack, counter: Counter): Promise<Report> => {
    const bare = await bareOrdersPerSecond(stack, followers);
    const strategy = await newStrategy(stack, 'owner');
    const owner = await stack.tokenOf('owner');
    const all = await newFollowers(stack, followers);
    await inParallel(all, 8, (follower) => follow(stack, follower, strategy));
    await fanOutOnce(stack, strategy, owner, followers);
    const rates: number[] = [];
    const cost: Cost = await counter.per(rounds * followers, async () => {
      for (let i = 0; i < rounds; i += 1) rates.push(await fanOutOnce(stack, strategy, owner, followers));
    });
    const line: Line = {
      benchmark: 'fan-out',
      measured: `${followers} followers, all durable, median of ${rounds}`,
      unit: '1/s',
      ours: spread(rates).p50,
      floorName: 'bare ccxt in a loop, 100 at once',
      floor: bare,
      ...(followers >= 1_000 && { aim: { ratio: 1 / 3, direction: 'at least' } as const }),
    };
    return { lines: [line], costs: [{ of: `fan-out to ${followers}`, cost }], steps: [], notes: [] };
  };

export const fanOutTo100 = fanOutTo(100);
export const fanOutTo1000 = fanOutTo(1_000);
