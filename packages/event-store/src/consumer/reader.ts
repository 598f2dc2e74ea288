import type { ConsumerDefinition } from '@latchkey/contracts';
import type { JsMsg } from '@nats-io/jetstream';
import type { Pool } from 'pg';
import { isAhead, isBehind } from '../domain/position.js';
import type { Log } from '../log.js';
import type { VerifyEvent } from '../signing.js';
import type { CatchUp } from './catch-up.js';
import type { Deliver } from './delivery.js';
import type { Head } from './head-watch.js';
import type { Inbox } from './inbox.js';
import { loadPosition, type StoredPosition } from './position-store.js';
import { genuineOf, sortMessages } from './sorting.js';

export type ReaderOptions = {
  readonly pool: Pool;
  readonly definition: ConsumerDefinition;
  readonly whole: boolean;
  readonly verify: VerifyEvent;
  readonly log: Pick<Log, 'error'>;
  readonly inbox: Pick<Inbox, 'isEmpty' | 'putBack'>;
  readonly deliver: Deliver;
  readonly catchUp: CatchUp;
};

/** Where a consumer stands, and how it gets on. */
export type Reader = {
  readonly position: () => StoredPosition | undefined;
  /** Whatever failed: a commit may have happened all the same, so the position is read again. */
  readonly forget: () => void;
  readonly load: () => Promise<void>;
  /** Handles messages, fills the gaps between them, and answers those that need not come again. */
  readonly receive: (messages: readonly JsMsg[], signal: AbortSignal) => Promise<void>;
  /** Asks the source, when nothing came that would move us and yet there is more (or, at a restored source, less): JetStream does not know. */
  readonly look: (head: Head | undefined, signal: AbortSignal) => Promise<void>;
};

const everything = Number.MAX_SAFE_INTEGER;

export const createReader = ({ pool, definition, whole, verify, log, inbox, deliver, catchUp }: ReaderOptions): Reader => {
  let position: StoredPosition | undefined;
  // The end of a gap that could not be filled yet, and what the last look saw.
  let missing = 0;
  let before: { readonly head: Head; readonly revision: number } | undefined;

  const onForeign = ({ subject }: JsMsg, reason: string) =>
    log.error({ consumer: definition.durable, subject, reason }, 'a message on an event subject is none of ours');

  const fill = async (at: StoredPosition, through: number, signal: AbortSignal): Promise<StoredPosition> => {
    missing = Math.max(missing, through);
    const after = await catchUp(at, through, signal);
    missing = 0;
    return after;
  };

  const deliverOrPutBack: (messages: readonly JsMsg[], ...of: Parameters<Deliver>) => ReturnType<Deliver> = async (
    messages,
    ...of
  ) => {
    try {
      return await deliver(...of);
    } catch (error) {
      inbox.putBack(messages);
      throw error;
    }
  };

  return {
    position: () => position,
    forget: () => {
      position = undefined;
    },
    load: async () => {
      position ??= await loadPosition(pool, definition);
    },
    receive: async (messages, signal) => {
      const genuine = await genuineOf(messages, definition.source, verify);
      let rest = messages;
      while (rest.length > 0 && position && !signal.aborted) {
        const { answered, next, gap } = sortMessages(rest, genuine, position, whole, onForeign);
        position = await deliverOrPutBack(rest, position, next, signal);
        if (signal.aborted) return; // unanswered ones come again
        for (const message of answered) message.ack();
        rest = rest.slice(answered.length);
        // The message that showed the gap is handled with it, and then found to be a duplicate.
        if (gap > 0) position = await fill(position, gap, signal);
      }
    },
    look: async (head, signal) => {
      if (!position) return;
      const seen = before;
      const still = seen?.revision === position.revision && inbox.isEmpty();
      before = head && { head, revision: position.revision };
      if (missing > 0) position = await fill(position, missing, signal);
      else if (seen && still && (isBehind(position, seen.head) || isAhead(position, seen.head))) {
        position = await catchUp(position, everything, signal);
      }
    },
  };
};
