import { outsideOfTraces } from '@latchkey/tracing';
import { decimal, groupCommit, zero } from '@latchkey/kernel';
import { partitionOf } from '@latchkey/contracts';
import type { Pool } from 'pg';
import type { Holding, Holdings, OtherTrade } from '../../app/ports/holdings.js';
import type { TradeRequest } from '../../domain/trade/events.js';
import { watchMs } from '../../domain/settlement/watch-policy.js';

type OtherRow = {
  readonly tradeId: OtherTrade['tradeId'];
  readonly action: OtherTrade['action'];
  readonly ordinal: number;
  readonly sequence: number | null;
  readonly status: OtherTrade['status'];
  readonly unproven: boolean;
  readonly side: 'buy' | 'sell' | null;
  readonly amount: string | null;
  readonly filled: string;
};
type Row = {
  readonly i: number;
  readonly quantity: string | null;
  readonly last_sequence: number | null;
  readonly later_action_sent: boolean;
  readonly others: readonly OtherRow[] | null;
};

const otherOf = ({ sequence, side, amount, filled, ...row }: OtherRow): OtherTrade => ({
  ...row,
  sequence: sequence ?? undefined,
  side: side ?? undefined,
  amount: amount === null ? undefined : decimal(amount),
  filled: decimal(filled),
});

const nothing: Holding = { owned: zero, lastSequence: undefined, laterActionSent: false, others: [] };
const holdingOf = ({ quantity, last_sequence, later_action_sent, others }: Row): Holding => ({
  owned: quantity === null ? zero : decimal(quantity),
  lastSequence: last_sequence ?? undefined,
  laterActionSent: later_action_sent,
  others: (others ?? []).map(otherOf),
});

const select = `
  with asked as (
    select * from json_to_recordset($1::json) as a (i int, user_id text, strategy_id uuid, exchange text, environment text, market_type text,
      symbol text, lane text, partition smallint, trade_id uuid, signal_id uuid, ordinal int)
  )
  select a.i, p.quantity, p.last_sequence, o.others,
    exists (select from trades t where t.signal_id = a.signal_id and t.lane = a.lane and t.strategy_id = a.strategy_id
      and t.ordinal > a.ordinal and t.submitted_at is not null) as later_action_sent
  from asked a
    left join positions p on p.user_id = a.user_id and p.strategy_id = a.strategy_id and p.exchange = a.exchange
      and p.environment = a.environment and p.market_type = a.market_type and p.symbol = a.symbol
    left join lateral (
      select json_agg(json_build_object('tradeId', t.trade_id, 'action', t.action, 'ordinal', t.ordinal, 'sequence', t.sequence,
        'status', t.status, 'unproven', t.reason is not distinct from 'unproven', 'side', t.side, 'amount', t.amount, 'filled', t.filled) order by t.ordinal) as others
      from (
        select * from trades where open and partition = a.partition and lane = a.lane
        union all
        select * from trades where reason = 'unproven' and settled_at > $2 and lane = a.lane
      ) t where t.strategy_id = a.strategy_id and t.trade_id <> a.trade_id
    ) o on true`;

/** What waits at the same time is read by one query. */
export const createHoldings = (pool: Pool, now: () => number): Holdings => {
  const read = groupCommit<TradeRequest, Holding>({
    run: outsideOfTraces(async (requests: readonly TradeRequest[]) => {
      const asked = requests.map(
        ({ userId, strategyId, exchange, environment, marketType, symbol, lane, tradeId, signalId, ordinal }, i) => ({
          i,
          user_id: userId,
          strategy_id: strategyId,
          exchange,
          environment,
          market_type: marketType,
          symbol,
          lane,
          partition: partitionOf(userId),
          trade_id: tradeId,
          signal_id: signalId,
          ordinal,
        }),
      );
      const since = new Date(now() - watchMs).toISOString();
      const { rows } = await pool.query<Row>({ name: 'executor-holdings', text: select, values: [JSON.stringify(asked), since] });
      const found = new Map(rows.map((row) => [row.i, holdingOf(row)]));
      return requests.map((_, i) => found.get(i) ?? nothing);
    }),
    maxWaitMs: 1,
    maxJobs: 256,
    maxGroups: 2,
  });
  return { of: read };
};
