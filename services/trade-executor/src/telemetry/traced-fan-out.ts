import type { ReceivedEvent, Tx } from '@latchkey/event-store';
import { activeTraceparent } from '@latchkey/tracing';

type Handler = (tx: Tx, event: Pick<ReceivedEvent, 'envelope' | 'event'>) => Promise<void>;

/** What follows from a signal hangs below the span that handles it. */
export const tracedFanOut =
  (fanOut: Handler): Handler =>
  (tx, { envelope, event }) => {
    const traceparent = activeTraceparent();
    return fanOut(tx, { envelope: traceparent === undefined ? envelope : { ...envelope, traceparent }, event });
  };
