import { replayPage, type ConsumerDefinition, type PublishingService, type ReplayPage } from '@latchkey/contracts';
import { canonicalJson } from '@latchkey/kernel';
import type { Pool } from 'pg';
import { arrival, confirm, type Position } from '../domain/position.js';
import { EventStoreError } from '../errors.js';
import type { Log } from '../log.js';
import type { ReplayReply, ReplayRequest } from '../relay/replay.js';
import { replaySubjectOf, type VerifyEvent } from '../signing.js';
import type { Deliver } from './delivery.js';
import { savePosition, type StoredPosition } from './position-store.js';
import { placeOf, received } from './received-event.js';

/** `cmd.<source>.replay`. */
export type RequestReplay = (source: PublishingService, request: ReplayRequest) => Promise<ReplayReply>;

export type CatchUpOptions = {
  readonly pool: Pool;
  readonly definition: ConsumerDefinition;
  readonly whole: boolean;
  readonly log: Pick<Log, 'error'>;
  readonly requestReplay: RequestReplay;
  readonly verify: VerifyEvent;
  readonly deliver: Deliver;
};

/** Handles everything that the source has up to a number, and answers the position after it. */
export type CatchUp = (start: StoredPosition, through: number, signal: AbortSignal) => Promise<StoredPosition>;

/**
 * Asks the source itself, page by page; an empty page means that there is nothing left. A page moves the position also past what is not on it,
 * so it counts only as a whole that the source has signed, and as the answer to our question.
 */
export const createCatchUp = (options: CatchUpOptions): CatchUp => {
  const { pool, definition, whole, log, requestReplay, verify, deliver } = options;
  const { durable, source, filter } = definition;

  const refuse = (reason: string): never => {
    log.error({ consumer: durable, source, reason }, 'an answer to a replay is none of its source');
    throw new EventStoreError('event_store.replay_refused', `an answer to a replay is none of ${source}: ${reason}`, {
      durable,
      source,
    });
  };

  const ask = async (request: ReplayRequest): Promise<ReplayPage> => {
    const { text, signature } = await requestReplay(source, request);
    if (!(await verify(source, replaySubjectOf(source), Buffer.from(text), signature))) refuse('its signature does not fit');
    const answer = replayPage.parse(JSON.parse(text));
    if (canonicalJson(answer.request) !== canonicalJson(request)) refuse('it answers another question');
    return answer;
  };

  const moveTo = async (from: StoredPosition, to: Position): Promise<StoredPosition> =>
    to.epoch === from.epoch && to.logseq === from.logseq ? from : savePosition(pool, durable, from, to);

  /** The position after one page, and whether it was the last. */
  const page = async (
    at: StoredPosition,
    through: number,
    signal: AbortSignal,
  ): Promise<{ readonly at: StoredPosition; readonly done: boolean }> => {
    const to = Math.max(through, at.logseq + 1);
    const reply = await ask({ epoch: at.epoch, from: at.logseq + 1, to, ...(whole ? {} : { filter }) });
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
