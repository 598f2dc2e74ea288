import type { ConsumerDefinition, PublishingService } from '@latchkey/contracts';
import type { Pool } from 'pg';
import { arrival, confirm, type Position } from '../domain/position.js';
import { EventStoreError } from '../errors.js';
import type { ReplayReply, ReplayRequest } from '../relay/replay.js';
import type { Deliver } from './delivery.js';
import { savePosition, type StoredPosition } from './position-store.js';
import { placeOf, received } from './received-event.js';

/** `cmd.<source>.replay`. */
export type RequestReplay = (source: PublishingService, request: ReplayRequest) => Promise<ReplayReply>;

export type CatchUpOptions = {
  readonly pool: Pool;
  readonly definition: ConsumerDefinition;
  readonly whole: boolean;
  readonly requestReplay: RequestReplay;
  readonly deliver: Deliver;
};

/** Handles everything that the source has up to a number, and answers the position after it. */
export type CatchUp = (start: StoredPosition, through: number, signal: AbortSignal) => Promise<StoredPosition>;

/** Asks the source itself, page by page; an empty page means that there is nothing left. */
export const createCatchUp = ({ pool, definition, whole, requestReplay, deliver }: CatchUpOptions): CatchUp => {
  const { durable, source, filter } = definition;

  const moveTo = async (from: StoredPosition, to: Position): Promise<StoredPosition> =>
    to.epoch === from.epoch && to.logseq === from.logseq ? from : savePosition(pool, durable, from, to);

  /** The position after one page, and whether it was the last. */
  const page = async (
    at: StoredPosition,
    through: number,
    signal: AbortSignal,
  ): Promise<{ readonly at: StoredPosition; readonly done: boolean }> => {
    const to = Math.max(through, at.logseq + 1);
    const reply = await requestReplay(source, { epoch: at.epoch, from: at.logseq + 1, to, ...(whole ? {} : { filter }) });
    const events = reply.events.map(received).filter((event) => arrival(at, placeOf(event), whole) !== 'duplicate');
    const handled = await deliver(at, events, signal);
    if (signal.aborted) return { at: handled, done: true };
    const last = reply.events.at(-1);
    // Pages are complete: what was not on it up to its last event does not concern this consumer.
    const confirmed = last ? confirm(handled, last.epoch, last.logseq) : confirm(handled, reply.epoch, Math.min(to, reply.head));
    return { at: await moveTo(handled, confirmed), done: last === undefined };
  };

  return async (start, through, signal) => {
    let at = start;
    for (;;) {
      const next = await page(at, through, signal);
      if (next.done) return next.at;
      if (next.at === at) {
        throw new EventStoreError('event_store.log_diverged', `${source} answers only what "${durable}" has handled`, {
          durable,
          epoch: at.epoch,
          logseq: at.logseq,
        });
      }
      at = next.at;
    }
  };
};
