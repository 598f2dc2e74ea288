import { partitionOf, type HeldSide } from '@latchkey/contracts';
import { EventStoreError, type Append, type HeldLease, type RecordedEvent, type Tx } from '@latchkey/event-store';
import {
  add,
  InvariantError,
  replay,
  subtract,
  zero,
  entryLeg,
  type Clock,
  type Decimal,
  type EventId,
  type SignalId,
  type TradeId,
  type UserId,
} from '@latchkey/kernel';
import { executorActor } from '../app/executor-actor.js';
import type { FanOutDeps } from '../app/fan-out.js';
import type { Holding, Holdings } from '../app/ports/holdings.js';
import type { PartitionLeases } from '../app/ports/partition-leases.js';
import type { LoadedTrade, Trades } from '../app/ports/trades.js';
import type { UnprovenTrades } from '../app/ports/unproven.js';
import type { QueuedTrade, TradeQueue } from '../app/ports/work.js';
import { accountKeyOf, type FollowingInForce } from '../domain/fan-out/plan-trades.js';
import { isOnSide } from '../domain/sizing/part-to-close.js';
import { barOnOpening, type Bars } from '../domain/risk/bar-on-opening.js';
import type { TradeCommand } from '../domain/trade/commands.js';
import { tradeDecider } from '../domain/trade/decide.js';
import { isTradeEvent, type TradeEvent, type TradeRequest } from '../domain/trade/events.js';
import { watchMs } from '../domain/settlement/watch-policy.js';
import { ownedChange } from '../domain/trade/owned.js';
import { isResting, isSettled, type Trade } from '../domain/trade/state.js';
import { figuresOf } from '../domain/trade/view.js';

type Recorded = RecordedEvent<TradeEvent>;
type Row = { readonly request: TradeRequest; readonly partition: number; readonly trade: Trade; readonly settledAt?: number };
type LeaseRow = { holder: string; epoch: number; expiresAt: number };
export type KnownFollowing = FollowingInForce & {
  readonly strategyId: string;
  /** ISO 8601. */
  readonly validFrom: string;
  readonly validTo?: string;
};

const streamOf = (tradeId: TradeId): string => `trade-${tradeId}`;
const signalStreamOf = (signalId: SignalId): string => `signal-${signalId}`;

const lost = ({ name, epoch }: HeldLease) =>
  new EventStoreError('event_store.lease_lost', `partition "${name}" belongs to another executor now`, { name, epoch });
const conflict = (streamId: string) =>
  new EventStoreError('event_store.version_conflict', `"${streamId}" is at another version`, { streamId });

const positionOf = ({ userId, strategyId, exchange, environment, marketType, symbol }: TradeRequest): string =>
  [userId, strategyId, exchange, environment, marketType, symbol].join('/');
const wasSubmitted = (trade: Trade): boolean => figuresOf(trade, entryLeg, '').submitted;

/**
 * The executor's tables in memory: expected versions, epochs of leases, ordinals of lanes, what is next in a lane, halts that bar openings.
 * Every call is one transaction. It is held to the same contract as Postgres (`store-contract.ts`), so that what is shown on it holds there.
 */
export const memoryStore = (clock: Clock) => {
  const streams = new Map<string, Recorded[]>();
  const rows = new Map<TradeId, Row>();
  const ordinals = new Map<string, number>();
  const leaseRows = new Map<string, LeaseRow>();
  const executors = new Map<string, number>();
  const followings: KnownFollowing[] = [];
  const positions = new Map<string, { readonly owned: Decimal; readonly lastSequence: number | undefined }>();
  let bars: Bars = { halts: new Map(), limits: new Map(), standings: new Map() };
  let position = 0n;
  let open = 0;

  const versionOf = (streamId: string): number => streams.get(streamId)?.length ?? 0;

  const append = ({ streamId, events, metadata }: Append<{ readonly type: string }>): readonly Recorded[] => {
    const stream = streams.get(streamId) ?? [];
    streams.set(streamId, stream);
    const recorded = events.map(
      (event, i) =>
        ({
          ...event,
          id: `${streamId}/${stream.length + i + 1}` as EventId,
          streamId,
          version: stream.length + i + 1,
          time: new Date(clock.now()).toISOString(),
          metadata,
          position: (position += 1n),
        }) as Recorded,
    );
    stream.push(...recorded);
    return recorded;
  };

  const load = (tradeId: TradeId): LoadedTrade => {
    const events = (streams.get(streamOf(tradeId)) ?? []).filter((event) => isTradeEvent(event));
    const last = events.at(-1);
    if (!last) throw new InvariantError(`trade "${tradeId}" has no events`);
    return { tradeId, trade: replay(tradeDecider, events), version: last.version, last };
  };

  const assertMine = (lease: HeldLease): void => {
    if (leaseRows.get(lease.name)?.epoch !== lease.epoch) throw lost(lease);
  };

  /** Decided again where a halt or a list stands against it now. */
  const barred = (command: TradeCommand, { trade }: LoadedTrade, events: readonly TradeEvent[]): readonly TradeEvent[] => {
    if (command.type !== 'Submit' || command.data.purpose !== 'open' || trade.status === 'none') return events;
    if (!events.some(({ type }) => type === 'OrderSubmitted')) return events;
    const { timestamp, quoteAsset, value } = command.data;
    const bar = barOnOpening({ ...trade.request, at: timestamp, quoteAsset, value }, bars);
    return bar ? tradeDecider.decide({ ...command, data: { ...command.data, barred: bar } }, trade) : events;
  };

  /** What the following owns, and the newest signal of which an order was sent. */
  const move = (request: TradeRequest, before: Trade, after: Trade): void => {
    const moved = subtract(ownedChange(after), ownedChange(before));
    const begun = wasSubmitted(after) && !wasSubmitted(before);
    const key = positionOf(request);
    const known = positions.get(key) ?? { owned: zero, lastSequence: undefined };
    const sequence = begun ? request.sequence : undefined;
    positions.set(key, {
      owned: add(known.owned, moved),
      lastSequence: sequence === undefined ? known.lastSequence : Math.max(sequence, known.lastSequence ?? 0),
    });
  };

  const isStillOf = ({ trade, settledAt = 0 }: Row): boolean =>
    !isSettled(trade) || (trade.status === 'expired' && trade.reason === 'unproven' && settledAt > clock.now() - watchMs);

  const holdings: Holdings = {
    of: async (request): Promise<Holding> => {
      const others = [...rows.values()].filter(
        (row) =>
          row.request.lane === request.lane &&
          row.request.strategyId === request.strategyId &&
          row.request.tradeId !== request.tradeId &&
          isStillOf(row),
      );
      const { owned, lastSequence } = positions.get(positionOf(request)) ?? { owned: zero, lastSequence: undefined };
      return {
        owned,
        lastSequence,
        laterActionSent: [...rows.values()].some(
          ({ request: { signalId, lane, strategyId, ordinal }, trade }) =>
            signalId === request.signalId &&
            lane === request.lane &&
            strategyId === request.strategyId &&
            ordinal > request.ordinal &&
            wasSubmitted(trade),
        ),
        others: others
          .map(({ request: { tradeId, action, ordinal, sequence, clientOrderId }, trade }) => {
            const { status, side, amount, filled } = figuresOf(trade, entryLeg, clientOrderId);
            const unproven = trade.status === 'expired' && trade.reason === 'unproven';
            return {
              tradeId,
              action,
              ordinal,
              sequence,
              status,
              unproven,
              side: side ?? undefined,
              amount: amount ?? undefined,
              filled,
            };
          })
          .sort((a, b) => a.ordinal - b.ordinal),
      };
    },
  };

  const trades: Trades = {
    load: async (tradeId) => load(tradeId),
    apply: async (before, command, lease) => {
      const decided = tradeDecider.decide(command, before.trade);
      if (decided.length === 0) return { after: before, events: decided };
      assertMine(lease);
      const streamId = streamOf(before.tradeId);
      if (versionOf(streamId) !== before.version) throw conflict(streamId);
      const { correlationId, traceparent } = before.last.metadata;
      const recorded = append({
        streamId,
        expectedVersion: before.version,
        events: barred(command, before, decided),
        metadata: { actor: executorActor, correlationId, causationId: before.last.id, traceparent },
      });
      const trade = recorded.reduce<Trade>(tradeDecider.evolve, before.trade);
      const row = rows.get(before.tradeId);
      if (!row) throw new InvariantError(`trade "${before.tradeId}" has no row`);
      open += Number(!isSettled(trade)) - Number(!isSettled(row.trade));
      move(row.request, before.trade, trade);
      const settledAt = isSettled(trade) ? (row.settledAt ?? clock.now()) : undefined;
      rows.set(before.tradeId, { ...row, trade, ...(settledAt !== undefined && { settledAt }) });
      const last = recorded.at(-1) ?? before.last;
      return { after: { ...before, trade, version: before.version + recorded.length, last }, events: recorded };
    },
  };

  const holdersOf = (strategyId: string, symbol: string, side: HeldSide): ReadonlySet<string> => {
    const opens = side === 'long' ? 'buy' : 'sell';
    const theirs = [...rows.values()].filter(({ request }) => request.strategyId === strategyId && request.symbol === symbol);
    const hold = theirs.filter(
      ({ request, trade }) =>
        isOnSide(positions.get(positionOf(request))?.owned ?? zero, side) ||
        (!isSettled(trade) && [opens, 'add', 'reverse'].includes(request.action)),
    );
    return new Set(hold.map(({ request }) => accountKeyOf(request)));
  };

  /** The first of each lane, in the lane's order. */
  const heads = (some: readonly Row[], laneOf: (row: Row) => string, busy: ReadonlySet<string>) => {
    const first = new Map<string, Row>();
    for (const row of some) {
      const lane = laneOf(row);
      if (busy.has(lane)) continue;
      const known = first.get(lane);
      if (!known || row.request.ordinal < known.request.ordinal) first.set(lane, row);
    }
    return [...first]
      .map(([lane, { request, partition }]) => ({
        lane,
        partition,
        tradeId: request.tradeId,
        at: request.receivedAt + request.tradeId,
      }))
      .sort((one, other) => (one.at < other.at ? -1 : 1));
  };

  const isDue = ({ request: { notBefore } }: Row): boolean => notBefore === undefined || Date.parse(notBefore) <= clock.now();

  const queue: TradeQueue = {
    next: async (partitions, busyLanes, limit) => {
      if (open === 0) return [];
      const busy = new Set(busyLanes);
      const mine = new Set(partitions);
      const running = [...rows.values()].filter(({ partition, trade }) => !isSettled(trade) && mine.has(partition));
      const exits = running.filter(({ request }) => request.action === 'exit');
      const waitsForExit = ({ request }: Row): boolean =>
        exits.some(
          (exit) =>
            !isResting(exit.trade) &&
            exit.request.lane === request.lane &&
            exit.request.ordinal < request.ordinal &&
            (isDue(exit) || exit.request.signalId === request.signalId),
        );
      const others = running.filter((row) => row.request.action !== 'exit' && isDue(row) && !waitsForExit(row));
      return [
        ...heads(exits.filter(isDue), ({ request: { lane, strategyId } }) => `${lane}#${strategyId}`, busy),
        ...heads(others, ({ request: { lane } }) => lane, busy),
      ]
        .slice(0, limit)
        .map(({ tradeId, lane, partition }): QueuedTrade => ({ tradeId, lane, partition }));
    },
  };

  const unproven: UnprovenTrades = async (partitions, since) =>
    [...rows.values()].flatMap(({ request, partition, trade, settledAt }) => {
      const isUnproven = trade.status === 'expired' && trade.reason === 'unproven';
      if (!isUnproven || settledAt === undefined || settledAt <= since || !partitions.includes(partition)) return [];
      return [{ tradeId: request.tradeId, partition, endedAt: settledAt }];
    });

  const fanOut: FanOutDeps = {
    isFannedOut: async (_tx, signalId) => versionOf(signalStreamOf(signalId)) > 0,
    followingsInForce: async (_tx, strategyId, at) =>
      followings
        .filter((one) => one.strategyId === strategyId && one.validFrom <= at && (one.validTo === undefined || one.validTo > at))
        .sort((a, b) => (a.userId < b.userId ? -1 : 1)),
    holders: async (_tx, { strategyId, symbol }, sides) =>
      new Map(sides.map((side) => [side, holdersOf(strategyId, symbol, side)])),
    takeOrdinals: async (_tx, lanes) => {
      const before = new Map(lanes.map((lane) => [lane, ordinals.get(lane) ?? 0]));
      for (const lane of lanes) ordinals.set(lane, (ordinals.get(lane) ?? 0) + 1);
      return before;
    },
    record: async (_tx, appends, requests) => {
      for (const { streamId, expectedVersion } of appends) if (versionOf(streamId) !== expectedVersion) throw conflict(streamId);
      for (const one of appends) append(one);
      open += requests.length;
      for (const request of requests)
        rows.set(request.tradeId, { request, partition: partitionOf(request.userId), trade: load(request.tradeId).trade });
    },
    streams: { ofSignal: signalStreamOf, ofTrade: streamOf },
    actor: executorActor,
  };

  /** By this store's clock, whatever the processes' own say. */
  const leasesOf = (holder: string, ttlMs = 5_000): PartitionLeases => ({
    countExecutors: async (asOne) => {
      if (asOne) executors.set(holder, clock.now() + ttlMs);
      else executors.delete(holder);
      const others = [...executors].filter(([name, expiresAt]) => expiresAt > clock.now() && name !== holder);
      return { count: others.length + (asOne ? 1 : 0), before: others.filter(([name]) => name < holder).length };
    },
    renew: async (leases) =>
      leases.filter(({ name, epoch }) => {
        const row = leaseRows.get(name);
        if (row?.epoch !== epoch || row.holder !== holder) return false;
        row.expiresAt = clock.now() + ttlMs;
        return true;
      }),
    claim: async (names, limit) => {
      const free = [...names].sort().filter((name) => (leaseRows.get(name)?.expiresAt ?? -Infinity) < clock.now());
      return free.slice(0, limit).map((name) => {
        const row = { holder, epoch: (leaseRows.get(name)?.epoch ?? 0) + 1, expiresAt: clock.now() + ttlMs };
        leaseRows.set(name, row);
        return { name, epoch: row.epoch };
      });
    },
    release: async (leases) => {
      for (const { name, epoch } of leases) {
        const row = leaseRows.get(name);
        if (row?.epoch === epoch) row.expiresAt = -Infinity;
      }
    },
    leave: async () => void executors.delete(holder),
  });

  return {
    trades,
    queue,
    unproven,
    holdings,
    fanOut,
    /** What the functions of {@link fanOut} take for a transaction. */
    tx: undefined as unknown as Tx,
    leasesOf,
    follow: (following: KnownFollowing) => void followings.push(following),
    setBars: (next: Bars) => {
      bars = next;
    },
    /** For whoever judges. */
    rows: (): readonly Row[] => [...rows.values()],
    /** Trades that have not ended. */
    open: (): number => open,
    isFannedOut: (signalId: SignalId): boolean => versionOf(signalStreamOf(signalId)) > 0,
    eventsOf: (tradeId: TradeId): readonly Recorded[] => streams.get(streamOf(tradeId)) ?? [],
    tradesOf: (userId: UserId): readonly Row[] => [...rows.values()].filter(({ request }) => request.userId === userId),
  };
};

export type MemoryStore = ReturnType<typeof memoryStore>;
