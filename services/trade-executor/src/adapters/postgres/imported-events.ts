import type { Envelope } from '@latchkey/contracts';
import type { RecordedEvent, Tx } from '@latchkey/event-store';
import type { Clock, TradeId } from '@latchkey/kernel';
import type { Pool } from 'pg';
import type { FollowingEvent } from '../../domain/following/following.js';
import { tradeDecider } from '../../domain/trade/decide.js';
import { isTradeEvent } from '../../domain/trade/events.js';
import { type ExecutorStore } from './executor-store.js';
import { insertTrades } from './fan-out-rows.js';
import { projectFollowing } from './followings.js';
import { rowChange, updateTradeRows } from './trade-row.js';

const restoreTrade = async (tx: Tx, history: readonly RecordedEvent[]): Promise<void> => {
  const events = history.filter((event) => isTradeEvent(event));
  const trade = events.reduce(tradeDecider.evolve, tradeDecider.initial);
  const last = history.at(-1);
  if (trade.status === 'none' || !last) return;
  const { request } = trade;
  await insertTrades(tx, [request], history[0]?.time ?? last.time);
  await tx.query(
    'insert into lanes as l (lane, last_ordinal) values ($1, $2) on conflict (lane) do update set last_ordinal = greatest(l.last_ordinal, $2)',
    [request.lane, request.ordinal],
  );
  const change = rowChange(request.tradeId as TradeId, trade, request, last.version, last.time);
  await tx.query(updateTradeRows, [JSON.stringify([change])]);
};

const isFollowingEvent = (event: RecordedEvent): event is RecordedEvent<FollowingEvent> =>
  event.type === 'FollowingSet' || event.type === 'FollowingRemoved';

/** What follows from events that a restored database got back: trades, lanes and followings stand as they stood. */
export const projectImported =
  (store: Pick<ExecutorStore, 'loadMany'>) =>
  async (tx: Tx, envelopes: readonly Envelope[]): Promise<void> => {
    const histories = await store.loadMany(tx, [...new Set(envelopes.map(({ streamid }) => streamid))]);
    const imported: ReadonlySet<string> = new Set(envelopes.map(({ id }) => id));
    for (const { events } of histories.values()) {
      if (events.some((event) => isTradeEvent(event))) await restoreTrade(tx, events as readonly RecordedEvent[]);
      for (const event of events as readonly RecordedEvent[]) {
        if (isFollowingEvent(event) && imported.has(event.id)) await projectFollowing(tx, event);
      }
    }
  };

const askAgainAfterMs = 1_000;

/** When this database was last restored: the relay begins another epoch then. Asked once a second at most, for all trades. */
export const createRestoredAt = ({ pool, clock }: { readonly pool: Pool; readonly clock: Clock }) => {
  let asked: { readonly at: number; readonly answer: Promise<number | undefined> } | undefined;
  const ask = async (): Promise<number | undefined> => {
    const found = await pool.query<{ started_at: Date }>('select started_at from log_epochs order by epoch desc limit 1');
    return found.rows[0]?.started_at.getTime();
  };
  return (): Promise<number | undefined> => {
    if (!asked || clock.now() - asked.at > askAgainAfterMs) asked = { at: clock.now(), answer: ask() };
    return asked.answer;
  };
};
