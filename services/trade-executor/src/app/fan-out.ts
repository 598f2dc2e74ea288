import type { AnyEvent, Envelope, EventOf, HeldSide } from '@latchkey/contracts';
import type { Append, Tx } from '@latchkey/event-store';
import type { SignalId, StrategyId } from '@latchkey/kernel';
import { impliedSides, planTrades, withOrdinals, type FollowingInForce, type Holders } from '../domain/fan-out/plan-trades.js';
import type { TradeRequest } from '../domain/trade/events.js';

type FanOutEvent = EventOf<'SignalFannedOut' | 'TradeRequested'>;

/** What a fan-out reads and writes, all of it in the transaction of the consumer that took the signal. */
export type FanOutDeps = {
  readonly isFannedOut: (tx: Tx, signalId: SignalId) => Promise<boolean>;
  readonly followingsInForce: (tx: Tx, strategyId: StrategyId, at: string) => Promise<readonly FollowingInForce[]>;
  /** Of a strategy's followers on one symbol, those who hold something on one of these sides, or may by what is open. */
  readonly holders: (
    tx: Tx,
    of: { readonly strategyId: StrategyId; readonly symbol: string },
    sides: readonly HeldSide[],
  ) => Promise<Holders>;
  /** Counts lanes up and answers where each stood before. */
  readonly takeOrdinals: (tx: Tx, lanes: readonly string[]) => Promise<ReadonlyMap<string, number>>;
  readonly record: (tx: Tx, appends: readonly Append<FanOutEvent>[], trades: readonly TradeRequest[]) => Promise<void>;
  readonly streams: {
    readonly ofSignal: (signalId: SignalId) => string;
    readonly ofTrade: (tradeId: TradeRequest['tradeId']) => string;
  };
  readonly actor: string;
};

/**
 * Turns a signal into one requested trade per follower whose setting was in force when it was received, in one transaction. A second fan-out of
 * the same signal does nothing: it cannot reach people who followed later.
 */
export const fanOut =
  ({ isFannedOut, followingsInForce, holders, takeOrdinals, record, streams, actor }: FanOutDeps) =>
  async (tx: Tx, { envelope, event }: { readonly envelope: Envelope; readonly event: AnyEvent }): Promise<void> => {
    if (event.type !== 'SignalReceived') return;
    const { signalId, strategyId, receivedAt, signal } = event.data;
    if (await isFannedOut(tx, signalId)) return;
    const followings = await followingsInForce(tx, strategyId, receivedAt);
    const sides = impliedSides(signal);
    const held: Holders =
      sides.length === 0 || followings.length === 0
        ? new Map()
        : await holders(tx, { strategyId, symbol: signal.market.symbol }, sides);
    const planned = planTrades(event.data, followings, held);
    const trades = withOrdinals(
      planned,
      await takeOrdinals(
        tx,
        planned.map(({ lane }) => lane),
      ),
    );
    const metadata = {
      actor,
      correlationId: envelope.correlationid,
      causationId: envelope.id,
      traceparent: envelope.traceparent,
    };
    const fannedOut: FanOutEvent = { type: 'SignalFannedOut', v: 1, data: { signalId, strategyId, trades: trades.length } };
    await record(
      tx,
      [
        { streamId: streams.ofSignal(signalId), expectedVersion: 0, events: [fannedOut], metadata },
        ...trades.map((data): Append<FanOutEvent> => ({
          streamId: streams.ofTrade(data.tradeId),
          expectedVersion: 0,
          events: [{ type: 'TradeRequested', v: 2, data }],
          metadata,
        })),
      ],
      trades,
    );
  };
