import type { EventData } from '@latchkey/contracts';

const minuteMs = 60_000;

export type OpenStatus = EventData<'TradeStuck'>['status'];

/**
 * How long a trade may stand in a state before somebody should look: longer than the state explains by itself. A signal's age ends most waits
 * after a minute; an unknown order is proven absent within about 80 s; a market order is filled at once.
 */
export const explainedMs: Readonly<Record<OpenStatus, number>> = {
  requested: 2 * minuteMs,
  submitted: minuteMs,
  unknown: 3 * minuteMs,
  accepted: 5 * minuteMs,
  partially_filled: 5 * minuteMs,
};

const sentences: Readonly<Record<OpenStatus, string>> = {
  requested:
    'It has not been sent: the venue, the key vault or an earlier trade of the same account and symbol holds it up. Look at `latchkey status`.',
  submitted: 'It was sent by an executor that did not record what came of it; it is taken up when its partition has an owner.',
  unknown:
    'Whether its order stands is still looked up: the venue does not answer. Nothing else is traded on that symbol meanwhile.',
  accepted: 'Its order stands at the venue and is not filled. Look at the exchange whether the market is halted.',
  partially_filled: 'A part of its order is filled and the rest still stands. Look at the exchange whether the market is halted.',
};

export const isOpenStatus = (status: string): status is OpenStatus => Object.hasOwn(explainedMs, status);

/** What a person reads about a trade that is open for too long. */
export const stuckMessage = (status: OpenStatus): string => sentences[status];
