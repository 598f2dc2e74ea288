import type { PublishingService } from '@latchkey/contracts';
import { messageOf } from '@latchkey/kernel';
import type { JsMsg } from '@nats-io/jetstream';
import { advance, arrival, type Position } from '../domain/position.js';
import { isGenuine, type VerifyEvent } from '../signing.js';
import { decode, placeOf, type ReceivedEvent } from './received-event.js';

/** Messages held against a position, up to the first gap. */
export type Sorted = {
  /** May be acknowledged once `next` is handled. */
  readonly answered: readonly JsMsg[];
  readonly next: readonly ReceivedEvent[];
  /** The number behind the first gap; 0 when there is none. The message that showed it is not answered. */
  readonly gap: number;
};

/** Those that their source has signed. */
export const genuineOf = async (
  messages: readonly JsMsg[],
  source: PublishingService,
  verify: VerifyEvent,
): Promise<ReadonlySet<JsMsg>> => {
  const genuine = await Promise.all(messages.map((message) => isGenuine(verify, source, message)));
  return new Set(messages.filter((_, i) => genuine[i]));
};

const decoded = (
  message: JsMsg,
  genuine: ReadonlySet<JsMsg>,
  onForeign: (message: JsMsg, reason: string) => void,
): ReceivedEvent | undefined => {
  if (!genuine.has(message)) {
    onForeign(message, 'its signature does not fit');
    return undefined;
  }
  try {
    return decode(message.data);
  } catch (error) {
    onForeign(message, messageOf(error));
    return undefined;
  }
};

/**
 * @param genuine as {@link genuineOf} tells; the others are answered and count for nothing
 * @param onForeign told of a message that is no envelope of ours; if one of ours hides behind it, that shows as a gap
 */
export const sortMessages = (
  messages: readonly JsMsg[],
  genuine: ReadonlySet<JsMsg>,
  from: Position,
  whole: boolean,
  onForeign: (message: JsMsg, reason: string) => void,
): Sorted => {
  const answered: JsMsg[] = [];
  const next: ReceivedEvent[] = [];
  let at = from;
  for (const message of messages) {
    const event = decoded(message, genuine, onForeign);
    const kind = event ? arrival(at, placeOf(event), whole) : 'duplicate';
    if (event && kind === 'gap') return { answered, next, gap: event.envelope.logseq };
    if (event && kind === 'next') {
      next.push(event);
      at = advance(at, placeOf(event), whole);
    }
    answered.push(message);
  }
  return { answered, next, gap: 0 };
};
