import { messageOf } from '@latchkey/kernel';
import type { JsMsg } from '@nats-io/jetstream';
import { advance, arrival, type Position } from '../domain/position.js';
import { decode, placeOf, type ReceivedEvent } from './received-event.js';

/** Messages held against a position, up to the first gap. */
export type Sorted = {
  /** May be acknowledged once `next` is handled. */
  readonly answered: readonly JsMsg[];
  readonly next: readonly ReceivedEvent[];
  /** The number behind the first gap; 0 when there is none. The message that showed it is not answered. */
  readonly gap: number;
};

const decoded = (message: JsMsg, onForeign: (message: JsMsg, reason: string) => void): ReceivedEvent | undefined => {
  try {
    return decode(message.data);
  } catch (error) {
    onForeign(message, messageOf(error));
    return undefined;
  }
};

/** @param onForeign told of a message that is no envelope of ours; if one of ours hides behind it, that shows as a gap */
export const sortMessages = (
  messages: readonly JsMsg[],
  from: Position,
  whole: boolean,
  onForeign: (message: JsMsg, reason: string) => void,
): Sorted => {
  const answered: JsMsg[] = [];
  const next: ReceivedEvent[] = [];
  let at = from;
  for (const message of messages) {
    const event = decoded(message, onForeign);
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
