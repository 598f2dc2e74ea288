import { bareHandler, bareOrder } from '../floors/bare-orders.js';
import { brokerFloors } from '../floors/broker.js';
import { durableInsert } from '../floors/database.js';
import { messageKeyFloors } from '../floors/message-keys.js';
import type { Counter } from '../harness/cost.js';
import {
  arrivals,
  bookOf,
  follow,
  newFollowers,
  newStrategy,
  postAlert,
  type Follower,
  type Strategy,
} from '../harness/followers.js';
import { until } from '../harness/http.js';
import { spread, type Report, type Spread, type Step } from '../harness/result.js';
import type { Stack } from '../harness/stack.js';

type Pair = { readonly follower: Follower; readonly strategy: Strategy };

const pauseUntil = (at: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, Math.max(0, at - performance.now())));

/** Strategies with one follower each: alerts of one strategy and account stand in one lane, and would wait for each other. */
const pairs = async (stack: Stack, count: number): Promise<readonly Pair[]> => {
  const followers = await newFollowers(stack, count);
  return Promise.all(
    followers.map(async (follower) => {
      const strategy = await newStrategy(stack, 'owner');
      await follow(stack, follower, strategy);
      return { follower, strategy };
    }),
  );
};

/** Posts alerts at a steady rate, to one pair after the other, and reads afterwards when the venue received the orders. */
const alertToOrder = async (
  stack: Stack,
  among: readonly Pair[],
  { alerts, perSecond }: { alerts: number; perSecond: number },
): Promise<Spread> => {
  const before = await Promise.all(among.map(async ({ follower }) => (await bookOf(stack, follower.apiKey)).length));
  const posted = among.map((): number[] => []);
  const answers: Promise<unknown>[] = [];
  const first = performance.now();
  for (let i = 0; i < alerts; i += 1) {
    const which = i % among.length;
    await pauseUntil(first + (i * 1_000) / perSecond);
    const strategy = among[which]?.strategy as Strategy;
    posted[which]?.push(performance.timeOrigin + performance.now());
    answers.push(postAlert(strategy));
  }
  await Promise.all(answers);
  const took = await Promise.all(
    among.map(async ({ follower }, which) => {
      const expected = posted[which]?.length ?? 0;
      const orders = await until(async () => {
        const all = (await bookOf(stack, follower.apiKey)).slice(before[which]);
        return all.length >= expected && all;
      });
      return arrivals(orders).map((at, i) => at - (posted[which]?.[i] ?? at));
    }),
  );
  return spread(took.flat());
};

/** The bare cost of each step that stands between the alert's post and the order at the venue, one after the other. */
const stepsOf = async (stack: Stack): Promise<readonly Step[]> => {
  const insert = await durableInsert(stack);
  const { stored, request } = await brokerFloors();
  const { event, sessionCall } = await messageKeyFloors();
  const order = await bareOrder(stack);
  return [
    // The alert's event; its number, by the relay; the fan-out; the attempt, beside which the vault records its signature.
    { name: 'durable insert (Postgres)', times: 4, ms: insert.p50 },
    { name: 'stored message to a waiting consumer (JetStream)', times: 1, ms: stored.p50 },
    { name: 'event signed and checked', times: 1, ms: event.p50 },
    { name: 'request and answer (NATS), to the vault', times: 1, ms: request.p50 },
    { name: 'question and answer sealed and opened in a session', times: 1, ms: sessionCall.p50 },
    { name: 'order by bare ccxt, to the venue’s receipt', times: 1, ms: order.p50 },
  ];
};

const sumOf = (steps: readonly Step[]): number => steps.reduce((sum, { times, ms }) => sum + times * ms, 0);

/** Alert → order with one follower: alone, and at 50 alerts a second. */
export const oneFollower = async (stack: Stack, counter: Counter): Promise<Report> => {
  const [only, ...others] = await pairs(stack, 51);
  await alertToOrder(stack, [only as Pair], { alerts: 20, perSecond: 5 });

  const handler = await bareHandler(stack, { alerts: 100, perSecond: 5 });
  const steps = await stepsOf(stack);
  let idle: Spread | undefined;
  const cost = await counter.per(100, async () => {
    idle = await alertToOrder(stack, [only as Pair], { alerts: 100, perSecond: 5 });
  });
  const busyHandler = await bareHandler(stack, { alerts: 500, perSecond: 50 });
  let busy: Spread | undefined;
  const busyCost = await counter.per(500, async () => {
    busy = await alertToOrder(stack, others, { alerts: 500, perSecond: 50 });
  });
  const line = { benchmark: 'alert → order', unit: 'ms' } as const;
  const [alone, loaded] = [idle as Spread, busy as Spread];
  return {
    lines: [
      {
        ...line,
        measured: 'one follower, 5 alerts a second, p50',
        ours: alone.p50,
        p99: alone.p99,
        floorName: 'sum of the bare steps',
        floor: sumOf(steps),
        aim: { ratio: 2, direction: 'at most' },
      },
      {
        ...line,
        measured: 'one follower, 5 alerts a second, p50',
        ours: alone.p50,
        p99: alone.p99,
        floorName: 'bare Fastify handler that calls ccxt',
        floor: handler.p50,
      },
      {
        ...line,
        measured: '50 alerts a second, 50 followers, p50',
        ours: loaded.p50,
        p99: loaded.p99,
        floorName: 'sum of the bare steps',
        floor: sumOf(steps),
        aim: { ratio: 2, direction: 'at most' },
      },
      {
        ...line,
        measured: '50 alerts a second, 50 followers, p50',
        ours: loaded.p50,
        p99: loaded.p99,
        floorName: 'bare Fastify handler that calls ccxt',
        floor: busyHandler.p50,
      },
    ],
    costs: [
      { of: 'one follower, 5 alerts a second', cost },
      { of: '50 alerts a second', cost: busyCost },
    ],
    steps: [{ of: 'alert → order', steps }],
    notes: [`The venue tells its receipt in whole milliseconds: each figure may be up to 1 ms too small.`],
  };
};
