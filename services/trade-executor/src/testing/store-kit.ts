import { partitionOf, type EventData } from '@latchkey/contracts';
import type { HeldLease } from '@latchkey/event-store';
import { decimal, newId, type SignalId, type StrategyId, type UserId } from '@latchkey/kernel';
import { eventually } from '@latchkey/testkit';
import { defaultAges } from '../domain/trade/policy.js';
import type { TradeCommand } from '../domain/trade/commands.js';
import type { LoadedTrade } from '../app/ports/trades.js';
import { signalReceived } from './executor-fixture.js';
import type { StoreUnderContract } from './store-under-contract.js';

/** So long ago, ISO 8601. */
export const past = (ms: number): string => new Date(Date.now() - ms).toISOString();
export const expire: TradeCommand = { type: 'Expire', data: { reason: 'signal_too_old', message: 'Too old.' } };

/** Followers, signals, leases and attempts for the contract of a store, each with names of its own. */
export const storeKit = (store: () => StoreUnderContract) => {
  let names = 0;
  const follower = async (strategyId: StrategyId): Promise<UserId> => {
    const userId = `contract-${(names += 1)}` as UserId;
    const sizing = { mode: 'quote_amount', value: decimal('120') } as const;
    await store().follow(strategyId, { userId, exchange: 'binance', environment: 'live', marketType: 'spot', sizing });
    return userId;
  };
  const signalOf = (strategyId: StrategyId, over: Partial<EventData<'SignalReceived'>> = {}) => {
    const signal = signalReceived(strategyId, over);
    return { signal, signalId: (signal.event.data as { signalId: SignalId }).signalId };
  };
  /** The next trade of a follower, in the only lane of theirs. */
  const nextOf = async (userId: UserId) =>
    (await store().queue.next([partitionOf(userId)], [], 1_000)).find(({ lane }) => lane.startsWith(`${userId}/`));
  const requested = async () => {
    const strategyId = newId<StrategyId>();
    const userId = await follower(strategyId);
    const { signal } = signalOf(strategyId);
    await store().fanOut(signal);
    const next = await nextOf(userId);
    if (!next) throw new TypeError('the fan-out gave no trade');
    return { strategyId, userId, of: await store().trades.load(next.tradeId), lease: await leaseOf(userId) };
  };
  const leaseOf = async (userId: UserId, ttlMs = 60_000): Promise<HeldLease> => {
    const partition = `partition-p${String(partitionOf(userId)).padStart(2, '0')}`;
    const holder = `holder-${(names += 1)}`;
    // Whoever had it before in this spec let it run out, or gives it back here.
    const held = leases.get(partition);
    if (held) await store().leasesOf('anybody', 1).release([held]);
    const lease = await eventually(async () => (await store().leasesOf(holder, ttlMs).claim([partition], 1))[0] ?? false);
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

  return { follower, signalOf, nextOf, requested, leaseOf, leases, submit };
};
export type StoreKit = ReturnType<typeof storeKit>;
