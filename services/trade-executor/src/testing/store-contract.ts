import { partitionOf } from '@latchkey/contracts';
import type { HeldLease } from '@latchkey/event-store';
import { decimal, newId, type StrategyId, type TradeId } from '@latchkey/kernel';
import { eventually } from '@latchkey/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { unprovenOf } from '../domain/trade/policy.js';
import { laneContract } from './lane-contract.js';
import { expire, past, storeKit } from './store-kit.js';
import type { StoreUnderContract } from './store-under-contract.js';

/** The rules that the executor relies on; whoever stores its trades keeps all of them. */
export const storeContract = (name: string, open: () => Promise<StoreUnderContract>): void => {
  describe(`${name} keeps the contract of the executor's store:`, () => {
    let store: StoreUnderContract;
    beforeAll(async () => {
      store = await open();
    });

    const kit = storeKit(() => store);
    const { follower, signalOf, nextOf, requested, leaseOf, leases, submit } = kit;

    it('a fan-out requests one trade of each follower in force, once', async () => {
      const strategyId = newId<StrategyId>();
      const users = [await follower(strategyId), await follower(strategyId)];
      const { signal } = signalOf(strategyId);
      await store.fanOut(signal);
      const first = await Promise.all(users.map(nextOf));
      await store.fanOut(signal);
      expect(await Promise.all(users.map(nextOf))).toEqual(first);
      for (const next of first) {
        const loaded = await store.trades.load(next?.tradeId as TradeId);
        expect(loaded).toMatchObject({ version: 1, trade: { status: 'requested', request: { ordinal: 1 } } });
      }
    });

    it('a signal from before a follower came does not reach them', async () => {
      const strategyId = newId<StrategyId>();
      const userId = await follower(strategyId);
      await store.fanOut(signalOf(strategyId, { receivedAt: past(60_000) }).signal);
      expect(await nextOf(userId)).toBeUndefined();
    });

    laneContract(() => store, kit);

    it('what is applied is there when it is answered, for everybody who loads it', async () => {
      const { of, lease } = await requested();
      const { after, events } = await store.trades.apply(of, submit(of), lease);
      expect(events.map(({ type }) => type)).toEqual(['OrderSubmitted']);
      expect(after).toMatchObject({ version: 2, trade: { status: 'submitted', attempts: 1 } });
      expect(await store.trades.load(of.tradeId)).toMatchObject({ version: 2, trade: { status: 'submitted' } });
    });

    it('a command that changes nothing is answered without being written', async () => {
      const { of, lease } = await requested();
      const { after } = await store.trades.apply(of, expire, lease);
      const again = await store.trades.apply(after, expire, lease);
      expect(again).toEqual({ after, events: [] });
      expect(await store.trades.load(of.tradeId)).toMatchObject({ version: 2 });
    });

    it('of two who build on the same version, one is refused', async () => {
      const { of, lease } = await requested();
      await store.trades.apply(of, submit(of), lease);
      await expect(store.trades.apply(of, submit(of), lease)).rejects.toMatchObject({ code: 'event_store.version_conflict' });
      expect(await store.trades.load(of.tradeId)).toMatchObject({ version: 2 });
    });

    it('nothing is written under a lease that somebody else has taken', async () => {
      const { of, userId, lease } = await requested();
      await leaseOf(userId);
      await expect(store.trades.apply(of, submit(of), lease)).rejects.toMatchObject({ code: 'event_store.lease_lost' });
      expect(await store.trades.load(of.tradeId)).toMatchObject({ version: 1 });
    });

    it('what is written under a new lease is told so, whoever still writes under the old one at the same time', async () => {
      const [one, two, moved] = [await requested(), await requested(), await requested()];
      await store.trades.apply(moved.of, expire, moved.lease);
      // All under one lease: what it is good for does not depend on whose trades they are.
      const fresh = await leaseOf(one.userId);
      const stale = { ...fresh, epoch: fresh.epoch - 1 };
      const [late, written, conflicted] = await Promise.allSettled([
        store.trades.apply(two.of, expire, stale),
        store.trades.apply(one.of, expire, fresh),
        store.trades.apply(moved.of, expire, fresh),
      ]);
      expect(late).toMatchObject({ status: 'rejected', reason: { code: 'event_store.lease_lost' } });
      expect(written).toMatchObject({ status: 'fulfilled', value: { after: { version: 2 } } });
      expect(conflicted).toMatchObject({ status: 'rejected', reason: { code: 'event_store.version_conflict' } });
      expect(await store.trades.load(one.of.tradeId)).toMatchObject({ version: 2, trade: { status: 'expired' } });
      expect(await store.trades.load(two.of.tradeId)).toMatchObject({ version: 1 });
    });

    it('a lease that merely ran out is still good for writing', async () => {
      const { of, userId } = await requested();
      const lease = await leaseOf(userId, 1);
      const { after } = await store.trades.apply(of, submit(of), lease);
      expect(after).toMatchObject({ version: 2 });
    });

    it('an opening that a halt stands against is denied in the place of its attempt', async () => {
      const { of, userId, lease } = await requested();
      await store.haltUser(userId, 'enough');
      const { after, events } = await store.trades.apply(of, submit(of), lease);
      expect(events.map(({ type }) => type)).toEqual(['TradeDenied']);
      expect(after.trade).toMatchObject({ status: 'denied', reason: 'halted.user' });
    });

    it('trades that ended unproven are listed by partition and age, until they are found', async () => {
      const { of, userId, lease } = await requested();
      const partition = partitionOf(userId);
      const listed = async (since = 0) =>
        (await store.unproven([partition], since)).filter(({ tradeId }) => tradeId === of.tradeId);
      const sent = await store.trades.apply(of, submit(of), lease);
      const unknown = await store.trades.apply(
        sent.after,
        { type: 'RecordUnknown', data: { attempt: 1, cause: 'timeout', venueSaidUnknown: false } },
        lease,
      );
      const absent = await store.trades.apply(unknown.after, { type: 'RecordAbsence', data: { attempt: 1, lookups: 3 } }, lease);
      expect(await listed()).toEqual([]);
      const ended = await store.trades.apply(absent.after, { type: 'Expire', data: unprovenOf({ action: 'buy' }) }, lease);
      const [found] = await listed();
      expect(found).toMatchObject({ tradeId: of.tradeId, partition });
      expect(Math.abs((found?.endedAt ?? 0) - Date.now())).toBeLessThan(60_000);
      expect(await listed(Date.now() + 60_000)).toEqual([]);
      expect(await store.unproven([(partition + 1) % 64], 0)).not.toContainEqual(found);
      const order = { orderId: '1', status: 'filled', filled: decimal('0.002'), fills: [] } as const;
      await store.trades.apply(ended.after, { type: 'RecordOrder', data: { attempt: 1, order, foundBy: 'lookup' } }, lease);
      expect(await listed()).toEqual([]);
    });

    it('a lease has one holder, and an epoch that grows with each', async () => {
      const partitions = ['partition-p01', 'partition-p02'];
      const [a, b] = [store.leasesOf('contract-a', 60_000), store.leasesOf('contract-b', 60_000)];
      for (const partition of partitions) {
        const held = leases.get(partition);
        if (held) await a.release([held]);
      }
      const [first] = await a.claim(partitions, 1);
      const rest = await b.claim(partitions, 2);
      expect(rest.map(({ name: lease }) => lease)).toEqual(partitions.filter((partition) => partition !== first?.name));
      expect(await a.renew([first as HeldLease, ...rest])).toEqual([first]);
      await a.release([first as HeldLease]);
      const [second] = await b.claim([first?.name ?? ''], 1);
      expect(second).toEqual({ name: first?.name, epoch: (first?.epoch ?? 0) + 1 });
      expect(await a.renew([first as HeldLease])).toEqual([]);
      // What it has no more, it cannot give back.
      await a.release([first as HeldLease]);
      expect(await a.claim([first?.name ?? ''], 1)).toEqual([]);
      await b.release([second as HeldLease, ...rest]);
    });

    it('a lease that was not renewed in time may be taken by another', async () => {
      const [lease] = await eventually(async () => {
        const claimed = await store.leasesOf('contract-dead', 1).claim(['partition-p03'], 1);
        return claimed.length > 0 && claimed;
      });
      const [taken] = await eventually(async () => {
        const claimed = await store.leasesOf('contract-heir', 60_000).claim(['partition-p03'], 1);
        return claimed.length > 0 && claimed;
      });
      expect(taken?.epoch).toBe((lease?.epoch ?? 0) + 1);
      await store.leasesOf('contract-heir', 60_000).release([taken as HeldLease]);
    });

    it('processes are counted while they say that they are alive', async () => {
      const [a, b] = [store.leasesOf('counted-a', 60_000), store.leasesOf('counted-b', 60_000)];
      const alone = await a.countExecutors(true);
      expect(await b.countExecutors(true)).toEqual({ count: alone.count + 1, before: alone.before + 1 });
      expect(await a.countExecutors(true)).toEqual({ count: alone.count + 1, before: alone.before });
      // One that is not fit counts the others alone.
      expect(await b.countExecutors(false)).toEqual({ count: alone.count, before: alone.before + 1 });
      expect(await a.countExecutors(true)).toEqual(alone);
      await b.countExecutors(true);
      await b.leave();
      expect(await a.countExecutors(true)).toEqual(alone);
      await a.leave();
    });
  });
};
