import { fork } from 'node:child_process';
import { inParallel, json } from '../harness/http.js';
import { arrivals, bookOf, openAccount } from '../harness/followers.js';
import { spread, type Spread } from '../harness/result.js';
import type { Stack } from '../harness/stack.js';
import { bareClient, buy, openMarkets } from './bare-client.js';

/** One order after the other by bare ccxt: from the call to the venue's receipt. */
export const bareOrder = async (stack: Stack, times = 100): Promise<Spread> => {
  const account = await openAccount(stack);
  const client = await bareClient(stack.simulator.binance, account, await openMarkets(stack.simulator.binance));
  const began: number[] = [];
  for (let i = 0; i < times; i += 1) {
    began.push(performance.timeOrigin + performance.now());
    await buy(client);
  }
  const received = arrivals(await bookOf(stack, account.apiKey));
  return spread(received.map((at, i) => at - (began[i] ?? at)));
};

/** So many orders of so many accounts in turn, by bare ccxt in a loop, so many at once. @returns orders per second, first call to last answer */
export const bareOrdersPerSecond = async (
  stack: Stack,
  { accounts, orders, width = 100 }: { readonly accounts: number; readonly orders: number; readonly width?: number },
): Promise<number> => {
  const markets = await openMarkets(stack.simulator.binance);
  const clients = await inParallel(Array.from({ length: accounts }), 8, async () =>
    bareClient(stack.simulator.binance, await openAccount(stack), markets),
  );
  const turns = Array.from({ length: orders }, (_, i) => clients[i % accounts] as (typeof clients)[number]);
  const start = performance.now();
  await inParallel(turns, width, buy);
  return (orders * 1_000) / (performance.now() - start);
};

const stepMs = (perSecond: number): number => 1_000 / perSecond;
const pauseUntil = (at: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, Math.max(0, at - performance.now())));

/** Alerts to a bare web server that calls ccxt in its handler, at a steady rate: from the post to the venue's receipt. */
export const bareHandler = async (
  stack: Stack,
  { alerts, perSecond }: { readonly alerts: number; readonly perSecond: number },
): Promise<Spread> => {
  const account = await openAccount(stack);
  const child = fork(new URL('bare-handler.js', import.meta.url), [stack.simulator.binance, account.apiKey, account.apiSecret]);
  try {
    const { url } = await new Promise<{ url: string }>((resolve, reject) => {
      child.once('message', (message) => resolve(message as { url: string }));
      child.once('exit', () => reject(new TypeError('the bare handler did not start')));
    });
    await json(`${url}/alert`, { method: 'POST', body: {} });
    const first = performance.now();
    const posted: number[] = [];
    const answers: Promise<unknown>[] = [];
    for (let i = 0; i < alerts; i += 1) {
      await pauseUntil(first + i * stepMs(perSecond));
      posted.push(performance.timeOrigin + performance.now());
      answers.push(json(`${url}/alert`, { method: 'POST', body: { i } }));
    }
    await Promise.all(answers);
    const received = arrivals(await bookOf(stack, account.apiKey)).slice(1);
    return spread(received.map((at, i) => at - (posted[i] ?? at)));
  } finally {
    if (child.connected) child.disconnect();
  }
};
