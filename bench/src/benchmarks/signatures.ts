import { createHmac } from 'node:crypto';
import { insertDurably, openScratch } from '../floors/database.js';
import type { Counter } from '../harness/cost.js';
import { connectAsExecutor, orderString } from '../harness/executor.js';
import { newFollowers, type Follower } from '../harness/followers.js';
import { inParallel } from '../harness/http.js';
import { spread, type Line, type Report, type Spread } from '../harness/result.js';
import type { Stack } from '../harness/stack.js';

type Rate = { readonly perSecond: number; readonly took: Spread };

const rateOf = async (
  requests: number,
  batch: number,
  width: number,
  request: (i: number) => Promise<unknown>,
): Promise<Rate> => {
  const took: number[] = [];
  const start = performance.now();
  await inParallel(Array.from({ length: requests }), width, async (_, i) => {
    const began = performance.now();
    await request(i);
    took.push(performance.now() - began);
  });
  return { perSecond: (requests * batch * 1_000) / (performance.now() - start), took: spread(took) };
};

const secret = 'f'.repeat(64);

/** The least that a recorded signature can cost: the HMAC, and a durable row for each. */
const bareSignatures = async (stack: Stack, requests: number, batch: number, width: number): Promise<Rate> => {
  const { clients, close } = await openScratch(stack, width);
  const free = [...clients];
  const rate = await rateOf(requests, batch, width, async (i) => {
    for (let n = 0; n < batch; n += 1) createHmac('sha256', secret).update(`timestamp=${i}&n=${n}`).digest('hex');
    const client = free.pop();
    if (client === undefined) throw new TypeError('more at once than connections');
    await insertDurably(client, batch);
    free.push(client);
  });
  await close();
  return rate;
};

/** Signatures per second, one string a request and 50 a request, each recorded before it leaves. */
export const signatures = async (stack: Stack, counter: Counter): Promise<Report> => {
  const followers = await newFollowers(stack, 50);
  const executor = await connectAsExecutor(stack);
  const sign = (batch: number, i: number): Promise<void> =>
    executor.sign(
      Array.from({ length: batch }, (_, n) => orderString((followers[(i * batch + n) % followers.length] as Follower).id)),
    );
  const measured = async (batch: number, requests: number, width: number): Promise<Report> => {
    await rateOf(Math.ceil(requests / 5), batch, width, (i) => sign(batch, i));
    let ours: Rate | undefined;
    const cost = await counter.per(requests * batch, async () => {
      ours = await rateOf(requests, batch, width, (i) => sign(batch, i));
    });
    if (ours === undefined) throw new TypeError('nothing was measured');
    const floor = await bareSignatures(stack, requests, batch, width);
    const line: Line = {
      benchmark: 'signatures',
      measured: batch === 1 ? `one a request, ${width} requests at once` : `${batch} a request, ${width} at once`,
      unit: '1/s',
      ours: ours.perSecond,
      p99: ours.took.p99,
      floorName: 'bare HMAC and a durable insert',
      floor: floor.perSecond,
    };
    return { lines: [line], costs: [{ of: `a signature, ${batch} a request`, cost }], steps: [], notes: [] };
  };
  try {
    const [singles, batches] = [await measured(1, 1_000, 16), await measured(50, 100, 4)];
    return {
      lines: [...singles.lines, ...batches.lines],
      costs: [...singles.costs, ...batches.costs],
      steps: [],
      notes: [],
    };
  } finally {
    await executor.close();
  }
};
