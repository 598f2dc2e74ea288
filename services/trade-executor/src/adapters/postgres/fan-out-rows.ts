import { partitionOf, type EventData, type HeldSide } from '@latchkey/contracts';
import { withTransaction, type Tx } from '@latchkey/event-store';
import { decimal, entryLeg } from '@latchkey/kernel';
import type { Pool } from 'pg';
import type { FanOutDeps } from '../../app/fan-out.js';
import { accountKeyOf, impliedSides, type Holders } from '../../domain/fan-out/plan-trades.js';
import { figuresOf } from '../../domain/trade/view.js';
import { tradeDecider } from '../../domain/trade/decide.js';
import type { TradeRequest } from '../../domain/trade/events.js';
import { leverageOfRow } from './followings.js';
import { signalStream, tradeStream, type ExecutorStore } from './executor-store.js';
import { executorActor } from '../../app/executor-actor.js';

type FollowingRow = {
  readonly user_id: string;
  readonly exchange: string;
  readonly environment: string;
  readonly market_type: string;
  readonly sizing_mode: string;
  readonly sizing_value: string | null;
  readonly leverage: number | null;
  readonly max_leverage: number | null;
};

const followingsInForce: FanOutDeps['followingsInForce'] = async (tx, strategyId, at) => {
  const found = await tx.query<FollowingRow>({
    name: 'executor-followings-in-force',
    text: `select user_id, exchange, environment, market_type, sizing_mode, sizing_value, leverage, max_leverage from followings
      where strategy_id = $1 and enabled and valid_from <= $2 and (valid_to is null or valid_to > $2) order by user_id`,
    values: [strategyId, at],
  });
  return found.rows.map((row) => ({
    userId: row.user_id as never,
    exchange: row.exchange as never,
    environment: row.environment as never,
    marketType: row.market_type as never,
    sizing: { mode: row.sizing_mode as never, ...(row.sizing_value !== null && { value: decimal(row.sizing_value) }) },
    ...leverageOfRow(row),
  }));
};

const opens = { long: 'buy', short: 'sell' } as const;

const holders: FanOutDeps['holders'] = async (tx, { strategyId, symbol }, sides) => {
  const found = await tx.query<{ side: HeldSide } & Pick<FollowingRow, 'user_id' | 'exchange' | 'environment' | 'market_type'>>({
    name: 'executor-holders',
    text: `select s.side, h.user_id, h.exchange, h.environment, h.market_type
      from unnest($3::text[], $4::int[], $5::text[]) as s (side, sign, opens)
      cross join lateral (
        select user_id, exchange, environment, market_type from positions
          where strategy_id = $1 and symbol = $2 and sign(quantity) = s.sign
        union
        select user_id, exchange, environment, market_type from trades
          where open and strategy_id = $1 and symbol = $2 and action in (s.opens, 'add', 'reverse')
      ) h`,
    values: [strategyId, symbol, sides, sides.map((side) => (side === 'long' ? 1 : -1)), sides.map((side) => opens[side])],
  });
  const bySide = Map.groupBy(found.rows, ({ side }) => side);
  const keyOf = ({ user_id, exchange, environment, market_type }: Omit<(typeof found.rows)[number], 'side'>) =>
    accountKeyOf({ userId: user_id, exchange, environment, marketType: market_type } as never);
  return new Map([...bySide].map(([side, rows]) => [side, new Set(rows.map(keyOf))]));
};

const takeOrdinals: FanOutDeps['takeOrdinals'] = async (tx, lanes) => {
  const counts = new Map<string, number>();
  for (const lane of lanes) counts.set(lane, (counts.get(lane) ?? 0) + 1);
  // In order, so that two fan-outs that share lanes cannot stand in each other's way.
  const taken = await tx.query<{ lane: string; last_ordinal: number }>({
    name: 'executor-take-ordinals',
    text: `insert into lanes as l (lane, last_ordinal)
      select lane, n from unnest($1::text[], $2::int[]) as w (lane, n) order by lane
      on conflict (lane) do update set last_ordinal = l.last_ordinal + excluded.last_ordinal
      returning lane, last_ordinal`,
    values: [[...counts.keys()], [...counts.values()]],
  });
  return new Map(taken.rows.map(({ lane, last_ordinal }) => [lane, last_ordinal - (counts.get(lane) ?? 0)]));
};

const rowOf = (request: TradeRequest) => {
  const requested = tradeDecider.evolve(tradeDecider.initial, { type: 'TradeRequested', v: 2, data: request });
  const { status, side, orders, amount, filled } = figuresOf(requested, entryLeg, request.clientOrderId);
  return {
    trade_id: request.tradeId,
    signal_id: request.signalId,
    strategy_id: request.strategyId,
    user_id: request.userId,
    exchange: request.exchange,
    environment: request.environment,
    market_type: request.marketType,
    symbol: request.symbol,
    action: request.action,
    side,
    sequence: request.sequence ?? null,
    not_before: request.notBefore ?? null,
    lane: request.lane,
    ordinal: request.ordinal,
    partition: partitionOf(request.userId),
    client_order_id: request.clientOrderId,
    status,
    orders,
    amount,
    filled,
    received_at: request.receivedAt,
  };
};

/** Rows as the request alone makes them; one that is there already stays as it is. */
export const insertTrades = (tx: Tx, trades: readonly TradeRequest[], requestedAt: string) =>
  tx.query({
    name: 'executor-insert-trades',
    text: `insert into trades (trade_id, signal_id, strategy_id, user_id, exchange, environment, market_type, symbol, action, side, lane, ordinal,
        partition, client_order_id, status, open, version, orders, amount, filled, sequence, not_before, received_at, requested_at)
      select trade_id, signal_id, strategy_id, user_id, exchange, environment, market_type, symbol, action, side, lane, ordinal,
        partition, client_order_id, status, true, 1, orders, amount, filled, sequence, not_before, received_at, $2
      from json_to_recordset($1::json) as n (trade_id uuid, signal_id uuid, strategy_id uuid, user_id text, exchange text, environment text,
        market_type text, symbol text, action text, side text, lane text, ordinal int, partition smallint, client_order_id text, status text,
        orders jsonb, amount text, filled text, sequence int, not_before timestamptz, received_at timestamptz)
      on conflict (trade_id) do nothing`,
    values: [JSON.stringify(trades.map(rowOf)), requestedAt],
  });

/** The same question outside of a fan-out. */
export const createHolders =
  (pool: Pool) =>
  ({ strategyId, signal }: EventData<'SignalReceived'>): Promise<Holders> =>
    withTransaction(pool, (tx) => holders(tx, { strategyId, symbol: signal.market.symbol }, impliedSides(signal)));

/** The reads and writes of a fan-out: five statements (six where an exit is implied), however many followers there are. */
export const fanOutRows = (store: Pick<ExecutorStore, 'append' | 'version'>): FanOutDeps => ({
  isFannedOut: async (tx, signalId) => (await store.version(tx, signalStream(signalId))) > 0,
  followingsInForce,
  holders,
  takeOrdinals,
  record: async (tx, appends, trades) => {
    const [first] = await store.append(tx, appends);
    if (first && trades.length > 0) await insertTrades(tx, trades, first.time);
  },
  streams: { ofSignal: signalStream, ofTrade: tradeStream },
  actor: executorActor,
});
