import { isEventType, toLatest, type AnyEvent, type Envelope } from '@latchkey/contracts';
import { marketKeyOf } from '../../domain/alert/ticker.js';
import type { OnImported, Tx } from '@latchkey/event-store';

const createStrategy = `insert into strategies (id, owner_id, name, token_hash, created_at) values ($1, $2, $3, null, $4) on conflict do nothing`;
const forgetToken = `update strategies set token_hash = null where id = $1`;
const deleteStrategy = `update strategies set token_hash = null, deleted_at = coalesce(deleted_at, $2) where id = $1`;
const countSignal = `update strategies set signal_count = signal_count + 1 where id = $1 returning signal_count`;
const createSignal = `
  insert into signals (id, strategy_id, owner_id, sequence, received_at, idempotency_key, body_digest, signal, traceparent)
  values ($1, $2, $3, $4, $5, $6, '', $7, $8) on conflict do nothing`;

// What arrived since the restore may be newer: better to know nothing than to report an alert as missed that was not.
const forgetPosition = `update told_positions set position = null where strategy_id = $1 and symbol = $2`;

const putBack = async (tx: Tx, event: AnyEvent, { time, traceparent }: Envelope): Promise<void> => {
  switch (event.type) {
    case 'StrategyCreated':
      await tx.query(createStrategy, [event.data.strategyId, event.data.ownerId, event.data.name, time]);
      return;
    // Tokens are in no event. The one of before the rotation must not work again, so the owner gets a new one by rotating.
    case 'StrategyTokenRotated':
      await tx.query(forgetToken, [event.data.strategyId]);
      return;
    case 'StrategyDeleted':
      await tx.query(deleteStrategy, [event.data.strategyId, time]);
      return;
    case 'SignalReceived': {
      const { signalId, strategyId, ownerId, receivedAt, idempotencyKey, signal } = event.data;
      // Behind whatever arrived since the restore, as its stream has it: the head of the stream and this count are one number.
      const counted = await tx.query<{ signal_count: number }>(countSignal, [strategyId]);
      const sequence = counted.rows[0]?.signal_count;
      const values = [
        signalId,
        strategyId,
        ownerId,
        sequence,
        receivedAt,
        idempotencyKey,
        JSON.stringify(signal),
        traceparent ?? '',
      ];
      await tx.query(createSignal, values);
      await tx.query(forgetPosition, [strategyId, marketKeyOf(signal.market)]);
      return;
    }
    default: // refused alerts: their reason was for their owner's eyes, and its row is gone
  }
};

/** Rows for events that a restored database had lost and the relay puts back. */
export const putBackRows: OnImported = async (tx, envelopes) => {
  for (const envelope of envelopes) {
    if (!isEventType(envelope.type)) continue;
    const event = toLatest({ type: envelope.type, v: envelope.eventversion, data: envelope.data }) as AnyEvent;
    await putBack(tx, event, envelope);
  }
};
