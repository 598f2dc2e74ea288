import { partitionOf, type AnyEvent, type Envelope, type EventData } from '@latchkey/contracts';
import type { HeldLease } from '@latchkey/event-store';
import { decimal, newId, tradeIdOf, type SignalId, type StrategyId, type TradeId, type UserId } from '@latchkey/kernel';
import { eventually } from '@latchkey/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Holdings } from '../app/ports/holdings.js';
import type { PartitionLeases } from '../app/ports/partition-leases.js';
import type { LoadedTrade, Trades } from '../app/ports/trades.js';
import type { UnprovenTrades } from '../app/ports/unproven.js';
import type { TradeQueue } from '../app/ports/work.js';
import type { FollowingInForce } from '../domain/fan-out/plan-trades.js';
import { defaultAges, unprovenOf } from '../domain/trade/policy.js';
import type { TradeCommand } from '../domain/trade/commands.js';
import { signalReceived } from './executor-fixture.js';

type Signal = { readonly envelope: Envelope; readonly event: AnyEvent };

/** What the executor asks of where its trades stand, Postgres or memory. */
export type StoreUnderContract = {
  readonly trades: Trades;
  readonly queue: TradeQueue;
  readonly unproven: UnprovenTrades;
  readonly holdings: Holdings;
  readonly leasesOf: (holder: string, ttlMs: number) => PartitionLeases;
  /** The handler of a signal, in one transaction. */
  readonly fanOut: (signal: Signal) => Promise<void>;
  /** In force from now on. */
  readonly follow: (strategyId: StrategyId, following: FollowingInForce) => Promise<void>;
  readonly haltUser: (userId: UserId, reason: string) => Promise<void>;
};

const past = (ms: number): string => new Date(Date.now() - ms).toISOString();

/** The rules that the executor relies on; whoever stores its trades keeps all of them. */
export const storeContract = (name: string, open: () => Promise<StoreUnderContract>): void => {
  describe(`${name} keeps the contract of the executor's store:`, () => {
    let store: StoreUnderContract;
    let names = 0;
    beforeAll(async () => {
      store = await open();
    });

    const follower = async (strategyId: StrategyId): Promise<UserId> => {
      const userId = `contract-${(names += 1)}` as UserId;
      const sizing = { mode: 'quote_amount', value: decimal('120') } as const;
      await store.follow(strategyId, { userId, exchange: 'binance', environment: 'live', marketType: 'spot', sizing });
      return userId;
    };
    const signalOf = (strategyId: StrategyId, over: Partial<EventData<'SignalReceived'>> = {}) => {
      const signal = signalReceived(strategyId, over);
      return { signal, signalId: (signal.event.data as { signalId: SignalId }).signalId };
    };
    /** The next trade of a follower, in the only lane of theirs. */
    const nextOf = async (userId: UserId) =>
      (await store.queue.next([partitionOf(userId)], [], 1_000)).find(({ lane }) => lane.startsWith(`${userId}/`));
    const requested = async () => {
      const strategyId = newId<StrategyId>();
      const userId = await follower(strategyId);
      const { signal } = signalOf(strategyId);
      await store.fanOut(signal);
      const next = await nextOf(userId);
      if (!next) throw new TypeError('the fan-out gave no trade');
      return { strategyId, userId, of: await store.trades.load(next.tradeId), lease: await leaseOf(userId) };
    };
    const leaseOf = async (userId: UserId, ttlMs = 60_000): Promise<HeldLease> => {
      const partition = `partition-p${String(partitionOf(userId)).padStart(2, '0')}`;
      const holder = `holder-${(names += 1)}`;
      // Whoever had it before in this spec let it run out, or gives it back here.
      const held = leases.get(partition);
      if (held) await store.leasesOf('anybody', 1).release([held]);
      const lease = await eventually(async () => (await store.leasesOf(holder, ttlMs).claim([partition], 1))[0] ?? false);
      leases.set(partition, lease);
      return lease;
    };
    const leases = new Map<string, HeldLease>();

    const submit = (of: LoadedTrade): TradeCommand => {
      if (of.trade.status === 'none') throw new TypeError('no trade');
      const { clientOrderId, symbol } = of.trade.request;
      const order = { clientOrderId, symbol, side: 'buy' as const, quoteAmount: decimal('120') };
      return {
        type: 'Submit',
        data: {
          attempt: 1,
          leg: 'e0',
          order,
          now: Date.now(),
          maxAgeMs: defaultAges.maxSignalAgeMs,
          baseAsset: 'BTC',
          timestamp: Date.now(),
          recvWindow: 5_000,
          paramsHash: 'ab'.repeat(32),
          resendAfterAbsence: false,
          absenceIsProof: false,
          purpose: 'open',
        },
      };
    };
    const expire: TradeCommand = { type: 'Expire', data: { reason: 'signal_too_old', message: 'Too old.' } };

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

    it('a lane gives its lowest open ordinal, and nothing while it is worked on', async () => {
      const strategyId = newId<StrategyId>();
      const userId = await follower(strategyId);
      const [one, two] = [signalOf(strategyId), signalOf(strategyId, { sequence: 2 })];
      await store.fanOut(one.signal);
      await store.fanOut(two.signal);
      const first = await nextOf(userId);
      const of = await store.trades.load(first?.tradeId as TradeId);
      expect(of.trade).toMatchObject({ request: { signalId: one.signalId, ordinal: 1 } });
      expect(await store.queue.next([partitionOf(userId)], [first?.lane ?? ''], 1_000)).not.toContainEqual(first);
      expect(await store.queue.next([(partitionOf(userId) + 1) % 64], [], 1_000)).not.toContainEqual(first);
      await store.trades.apply(of, expire, await leaseOf(userId));
      const second = await nextOf(userId);
      expect((await store.trades.load(second?.tradeId as TradeId)).trade).toMatchObject({
        request: { signalId: two.signalId, ordinal: 2 },
      });
    });

    it('an exit goes beside what is open in its lane, and what comes after it waits for it', async () => {
      const strategyId = newId<StrategyId>();
      const userId = await follower(strategyId);
      const market = { ticker: 'BTCUSDT', symbol: 'BTCUSDT' };
      const exit = signalOf(strategyId, { sequence: 2, signal: { market, actions: [{ action: 'exit', orderType: 'market' }] } });
      for (const { signal } of [signalOf(strategyId), exit, signalOf(strategyId, { sequence: 3 })]) await store.fanOut(signal);
      const next = async (busy: readonly string[] = []) =>
        (await store.queue.next([partitionOf(userId)], busy, 1_000)).filter(({ lane }) => lane.startsWith(`${userId}/`));
      const [first, second, ...rest] = await next();
      expect(rest).toEqual([]);
      const [leaving, entering] = [
        await store.trades.load(first?.tradeId as TradeId),
        await store.trades.load(second?.tradeId as TradeId),
      ];
      expect(leaving.trade).toMatchObject({ request: { signalId: exit.signalId, action: 'exit', ordinal: 2 } });
      expect(entering.trade).toMatchObject({ request: { action: 'buy', ordinal: 1 } });
      expect(first?.lane).not.toBe(second?.lane);
      expect(await next([first?.lane ?? ''])).toEqual([second]);
      const lease = await leaseOf(userId);
      await store.trades.apply(entering, expire, lease);
      expect(await next()).toEqual([first]);
      await store.trades.apply(leaving, expire, lease);
      const [last] = await next();
      expect((await store.trades.load(last?.tradeId as TradeId)).trade).toMatchObject({ request: { ordinal: 3 } });
    });

    it('an exit is told what its following owns, and which of its orders are in front of it', async () => {
      const strategyId = newId<StrategyId>();
      const userId = await follower(strategyId);
      const market = { ticker: 'BTCUSDT', symbol: 'BTCUSDT' };
      const entry = signalOf(strategyId);
      const exit = signalOf(strategyId, { sequence: 2, signal: { market, actions: [{ action: 'exit', orderType: 'market' }] } });
      await store.fanOut(entry.signal);
      await store.fanOut(exit.signal);
      const queued = (await store.queue.next([partitionOf(userId)], [], 1_000)).filter(({ lane }) =>
        lane.startsWith(`${userId}/`),
      );
      const [leaving, entering] = await Promise.all(queued.map(({ tradeId }) => store.trades.load(tradeId)));
      if (!entering || leaving?.trade.status !== 'requested') throw new TypeError('an exit and its entry are expected');
      const holding = () => store.holdings.of(leaving.trade.status === 'none' ? (undefined as never) : leaving.trade.request);
      const facts = { action: 'buy', ordinal: 1, sequence: 1, side: 'buy', filled: '0', unproven: false };
      const other = { tradeId: entering.tradeId, ...facts };
      expect(await holding()).toEqual({
        owned: '0',
        lastSequence: undefined,
        laterActionSent: false,
        others: [{ ...other, status: 'requested', amount: undefined }],
      });
      const lease = await leaseOf(userId);
      const sent = await store.trades.apply(entering, submit(entering), lease);
      expect(await holding()).toMatchObject({ owned: '0', lastSequence: 1, others: [{ ...other, status: 'submitted' }] });
      const at = new Date().toISOString();
      const fill = { orderId: '1', fillId: 'f1', amount: decimal('0.002'), price: decimal('60000'), at };
      const fee = { fee: decimal('0.000002'), feeAsset: 'BTC' };
      const order = { orderId: '1', status: 'filled', filled: decimal('0.002'), fills: [{ ...fill, ...fee }] } as const;
      await store.trades.apply(sent.after, { type: 'RecordOrder', data: { attempt: 1, order, foundBy: 'answer' } }, lease);
      expect(await holding()).toEqual({ owned: '0.001998', lastSequence: 1, laterActionSent: false, others: [] });
    });

    it('an exit is told that a later action of its own signal was sent, and an earlier one is none', async () => {
      const strategyId = newId<StrategyId>();
      const userId = await follower(strategyId);
      const actions = (['buy', 'exit', 'buy'] as const).map((action) => ({ action, orderType: 'market' }) as const);
      const market = { ticker: 'BTCUSDT', symbol: 'BTCUSDT' };
      const { signal, signalId } = signalOf(strategyId, { signal: { market, actions } });
      await store.fanOut(signal);
      const idOf = (actionIndex: number) =>
        tradeIdOf({ signalId, actionIndex, userId, exchange: 'binance', environment: 'live' });
      const [earlier, exit, later] = await Promise.all([0, 1, 2].map((index) => store.trades.load(idOf(index))));
      if (!earlier || !later || exit?.trade.status !== 'requested') throw new TypeError('three trades are expected');
      const { request } = exit.trade;
      const lease = await leaseOf(userId);
      await store.trades.apply(earlier, submit(earlier), lease);
      expect(await store.holdings.of(request)).toMatchObject({ laterActionSent: false });
      await store.trades.apply(later, submit(later), lease);
      expect(await store.holdings.of(request)).toMatchObject({ laterActionSent: true });
    });

    it('of more lanes than are asked for, it gives those whose signal came first', async () => {
      const strategyId = newId<StrategyId>();
      const userId = await follower(strategyId);
      const market = (symbol: string) => ({
        signal: { market: { ticker: symbol, symbol }, actions: [{ action: 'buy', orderType: 'market' }] } as const,
      });
      const receivedAt = (ms: number) => new Date(Date.now() + ms).toISOString();
      await store.fanOut(signalOf(strategyId, { ...market('ETHUSDT'), receivedAt: receivedAt(2_000) } as never).signal);
      await store.fanOut(signalOf(strategyId, { ...market('BTCUSDT'), receivedAt: receivedAt(1_000) } as never).signal);
      const all = await store.queue.next([partitionOf(userId)], [], 1_000);
      const mine = all.filter(({ lane }) => lane.startsWith(`${userId}/`));
      expect(mine.map(({ lane }) => lane.split('/').at(-1))).toEqual(['BTCUSDT', 'ETHUSDT']);
      expect(await store.queue.next([partitionOf(userId)], [], all.length - 1)).toEqual(all.slice(0, -1));
    });

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
