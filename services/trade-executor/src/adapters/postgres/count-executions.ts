import type { Tx } from '@latchkey/event-store';
import { decimal, type TradeId } from '@latchkey/kernel';
import { countFrom, flat, inOrder, type Counted, type Standing, type TradeExecution } from '../../domain/results/count.js';
import { executionsOf, type Execution } from '../../domain/results/executions.js';
import { quoteOf } from '../../domain/trade/assets.js';
import type { TradeRequest } from '../../domain/trade/events.js';
import type { Trade } from '../../domain/trade/state.js';

/** What facts changed of a trade's executions; none of both: nothing. */
export type ExecutionChange = {
  readonly request: TradeRequest;
  readonly quoteAsset: string | undefined;
  /** New, or not what they were. */
  readonly put: readonly TradeExecution[];
  /** Not there any more. */
  readonly gone: readonly TradeExecution[];
  /** The first moment at which something changed: what was and is not, or is there now. */
  readonly since: string;
};

const earliest = (moments: readonly string[]): string => moments.reduce((first, at) => (at < first ? at : first));

const keyOf = ({ leg, fillId }: Pick<Execution, 'leg' | 'fillId'>): string => `${leg}/${fillId}`;

export const executionChange = (before: Trade, after: Trade): ExecutionChange | undefined => {
  if (after.status === 'none') return undefined;
  const { request, attempt } = after;
  const now = executionsOf(after);
  if (now.length === 0) return undefined;
  const known = new Map(executionsOf(before).map((one) => [keyOf(one), one]));
  const kept = new Set(now.map(keyOf));
  const ofTrade = (one: Execution): TradeExecution => ({ ...one, tradeId: request.tradeId });
  const put = now.filter((one) => JSON.stringify(known.get(keyOf(one))) !== JSON.stringify(one)).map(ofTrade);
  const gone = [...known.values()].filter((one) => !kept.has(keyOf(one))).map(ofTrade);
  if (put.length + gone.length === 0) return undefined;
  const were = put.flatMap((one) => known.get(keyOf(one)) ?? []);
  const since = earliest([...put, ...gone, ...were].map(({ at }) => at));
  return { request, quoteAsset: attempt && quoteOf(attempt), put, gone, since };
};

const following = ['user_id', 'strategy_id', 'exchange', 'environment', 'market_type', 'symbol'] as const;
const followingTypes = 'user_id text, strategy_id uuid, exchange text, environment text, market_type text, symbol text';
const sameFollowing = (one: string, other: string): string =>
  following.map((column) => `${one}.${column} = ${other}.${column}`).join(' and ');

const rowOf = ({ userId, strategyId, exchange, environment, marketType, symbol }: TradeRequest) => ({
  user_id: userId,
  strategy_id: strategyId,
  exchange,
  environment,
  market_type: marketType,
  symbol,
});

type Row = {
  readonly i: number;
  readonly earlier: boolean;
  readonly trade_id: TradeId;
  readonly leg: string;
  readonly fill_id: string;
  readonly at: Date;
  readonly change: string;
  readonly price: string | null;
  readonly fees: NonNullable<Execution['fees']> | null;
  readonly quantity_after: string;
  readonly cost_after: string;
};

const executionOf = ({ trade_id, leg, fill_id, at, change, price, fees }: Row): TradeExecution => ({
  tradeId: trade_id,
  leg,
  fillId: fill_id,
  at: at.toISOString(),
  change: decimal(change),
  ...(price !== null && { price: decimal(price) }),
  ...(fees !== null && { fees }),
});

const columns = 'e.trade_id, e.leg, e.fill_id, e.at, e.change, e.price, e.fees, e.quantity_after, e.cost_after';

/** Of each following: what stands from a moment on, and all that stands at the last moment before it. */
const tails = `select a.i, t.* from json_to_recordset($1::json) as a (i int, since timestamptz, ${followingTypes})
  cross join lateral (
    select true as earlier, ${columns} from executions e where ${sameFollowing('e', 'a')}
      and e.at = (select max(l.at) from executions l where ${sameFollowing('l', 'a')} and l.at < a.since)
    union all select false, ${columns} from executions e where ${sameFollowing('e', 'a')} and e.at >= a.since
  ) t`;

const put = `with gone as (
    delete from executions e using json_to_recordset($2::json) as g (trade_id uuid, leg text, fill_id text)
      where e.trade_id = g.trade_id and e.leg = g.leg and e.fill_id = g.fill_id
  ), put as (
    insert into executions as e (trade_id, leg, fill_id, user_id, strategy_id, exchange, environment, market_type, symbol, quote_asset, at, change,
      price, fees, closed, realised, fee_value, quantity_after, cost_after)
    select trade_id, leg, fill_id, user_id, strategy_id, exchange, environment, market_type, symbol, quote_asset, at, change, price, fees,
      closed, realised, fee_value, quantity_after, cost_after
    from json_to_recordset($1::json) as n (trade_id uuid, leg text, fill_id text, ${followingTypes}, quote_asset text, at timestamptz,
      change numeric, price numeric, fees jsonb, closed numeric, realised numeric, fee_value numeric, quantity_after numeric, cost_after numeric)
    on conflict (trade_id, leg, fill_id) do update set at = excluded.at, change = excluded.change, price = excluded.price, fees = excluded.fees,
      closed = excluded.closed, realised = excluded.realised, fee_value = excluded.fee_value, quantity_after = excluded.quantity_after,
      cost_after = excluded.cost_after
  )
  update positions p set cost = n.cost, quote_asset = coalesce(n.quote_asset, p.quote_asset)
  from json_to_recordset($3::json) as n (${followingTypes}, cost numeric, quote_asset text) where ${sameFollowing('p', 'n')}`;

const standingBefore = (rows: readonly Row[]): Standing => {
  const last = rows
    .filter(({ earlier }) => earlier)
    .toSorted((one, other) => inOrder(executionOf(one), executionOf(other)))
    .at(-1);
  return last ? { quantity: decimal(last.quantity_after), cost: decimal(last.cost_after) } : flat;
};

const countedRow = (of: TradeRequest, quoteAsset: string | undefined, counted: Counted) => ({
  ...rowOf(of),
  trade_id: counted.tradeId,
  leg: counted.leg,
  fill_id: counted.fillId,
  quote_asset: quoteAsset ?? null,
  at: counted.at,
  change: counted.change,
  price: counted.price ?? null,
  fees: counted.fees ?? null,
  closed: counted.closed,
  realised: counted.realised,
  fee_value: counted.feeValue,
  quantity_after: counted.after.quantity,
  cost_after: counted.after.cost,
});

const idOf = (one: TradeExecution): string => `${one.tradeId}/${keyOf(one)}`;

/**
 * Counts what came of executions, and anew all that came after one that is told late; two statements, however many followings there are. The
 * transaction has written their positions before: whoever else has executions of them waits for its end.
 */
export const countExecutions = async (tx: Tx, changes: readonly ExecutionChange[]): Promise<void> => {
  const groups = [...Map.groupBy(changes, ({ request }) => Object.values(rowOf(request)).join('/')).values()];
  if (groups.length === 0) return;
  const asked = groups.map((group, i) => ({
    i,
    since: earliest(group.map(({ since }) => since)),
    ...rowOf((group[0] as ExecutionChange).request),
  }));
  const { rows } = await tx.query<Row>({ name: 'executor-executions', text: tails, values: [JSON.stringify(asked)] });
  const found = Map.groupBy(rows, ({ i }) => i);
  const counted = groups.map((group, i) => {
    const { request, quoteAsset } = group[0] as ExecutionChange;
    const stood = found.get(i) ?? [];
    const replaced = new Set(group.flatMap(({ put: news, gone }) => [...news, ...gone]).map(idOf));
    const kept = stood.filter(({ earlier }) => !earlier).map(executionOf);
    const standing = standingBefore(stood);
    const from = [...kept.filter((one) => !replaced.has(idOf(one))), ...group.flatMap(({ put: news }) => news)].toSorted(inOrder);
    const all = countFrom(standing, from);
    const { cost } = all.at(-1)?.after ?? standing;
    return {
      rows: all.map((one) => countedRow(request, quoteAsset, one)),
      position: { ...rowOf(request), cost, quote_asset: quoteAsset ?? null },
    };
  });
  const gone = changes
    .flatMap((change) => change.gone)
    .map(({ tradeId, leg, fillId }) => ({ trade_id: tradeId, leg, fill_id: fillId }));
  await tx.query({
    name: 'executor-count',
    text: put,
    values: [
      JSON.stringify(counted.flatMap((one) => one.rows)),
      JSON.stringify(gone),
      JSON.stringify(counted.map(({ position }) => position)),
    ],
  });
};
