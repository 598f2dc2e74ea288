import type { HeldLease } from '@latchkey/event-store';
import { systemClock, type TradeId } from '@latchkey/kernel';
import { eventually } from '@latchkey/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import type { QueuedTrade } from './ports/work.js';
import { createLanes } from './work-lanes.js';

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const lease = (partition: number): HeldLease => ({ name: `partition-${partition}`, epoch: 1 });

/** A queue as Postgres keeps it: the lowest open trade of each lane that is not being worked on. */
const lanesOver = (trades: readonly QueuedTrade[], run: (tradeId: TradeId) => Promise<void>, held = [0, 1]) => {
  const open = new Map(trades.map((trade) => [trade.tradeId, trade]));
  const next = (partitions: readonly number[], busy: readonly string[]) => {
    const heads = new Map<string, QueuedTrade>();
    for (const trade of open.values()) {
      if (partitions.includes(trade.partition) && !busy.includes(trade.lane) && !heads.has(trade.lane))
        heads.set(trade.lane, trade);
    }
    return Promise.resolve([...heads.values()]);
  };
  return createLanes({
    queue: { next },
    partitions: () => new Map(held.map((partition) => [partition, lease(partition)])),
    run: async (tradeId) => {
      await run(tradeId);
      open.delete(tradeId);
    },
    clock: systemClock,
    log: silent,
  });
};
const trade = (tradeId: string, lane: string, partition = 0): QueuedTrade => ({ tradeId: tradeId as TradeId, lane, partition });

describe('lanes', () => {
  let lanes: ReturnType<typeof createLanes> | undefined;
  afterEach(() => lanes?.stop());

  it('run one trade after the other in a lane, and lanes side by side', async () => {
    const begun: string[] = [];
    const ends = new Map<string, () => void>();
    lanes = lanesOver([trade('a1', 'a'), trade('a2', 'a'), trade('b1', 'b')], (tradeId) => {
      begun.push(tradeId);
      return new Promise((resolve) => ends.set(tradeId, resolve));
    });
    lanes.start();
    await eventually(() => begun.length === 2);
    expect(begun).toEqual(['a1', 'b1']);
    ends.get('b1')?.();
    ends.get('a1')?.();
    await eventually(() => begun.length === 3);
    expect(begun).toEqual(['a1', 'b1', 'a2']);
    ends.get('a2')?.();
  });

  it('leave the partitions of others alone', async () => {
    const begun: string[] = [];
    lanes = lanesOver(
      [trade('mine', 'a', 1), trade('theirs', 'b', 2)],
      (tradeId) => {
        begun.push(tradeId);
        return Promise.resolve();
      },
      [1],
    );
    lanes.start();
    await eventually(() => begun.length > 0);
    await lanes.stop();
    expect(begun).toEqual(['mine']);
  });

  it('try a trade again that was interrupted, and let others pass meanwhile', async () => {
    const begun: string[] = [];
    lanes = lanesOver([trade('bad', 'a'), trade('good', 'b')], (tradeId) => {
      begun.push(tradeId);
      const first = begun.filter((one) => one === tradeId).length === 1;
      return tradeId === 'bad' && first ? Promise.reject(new TypeError('Postgres went away')) : Promise.resolve();
    });
    lanes.start();
    await eventually(() => begun.filter((one) => one === 'bad').length === 2);
    expect(begun.filter((one) => one === 'good')).toHaveLength(1);
  });

  it('stop when what is under way has ended', async () => {
    let end: () => void = () => undefined;
    let begun = 0;
    lanes = lanesOver([trade('a1', 'a'), trade('a2', 'a')], () => {
      begun += 1;
      return new Promise((resolve) => (end = resolve));
    });
    lanes.start();
    await eventually(() => begun === 1);
    const stopped = lanes.stop();
    end();
    await stopped;
    expect(begun).toBe(1);
    expect(lanes.running()).toBe(0);
  });
});
