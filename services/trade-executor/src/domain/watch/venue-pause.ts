import type { EventData, EventOf } from '@latchkey/contracts';
import type { Decider } from '@latchkey/kernel';

export type VenuePauseEvent = EventOf<'VenuePaused'>;
export type VenuePauseState = { readonly until: number };
export type VenuePauseCommand = {
  readonly type: 'ReportPause';
  readonly data: EventData<'VenuePaused'> & { readonly now: number };
};

/** One pause is one event, though each executor sees it: only what is told after the last one ran out is another. */
export const venuePauseDecider: Decider<VenuePauseState, VenuePauseCommand, VenuePauseEvent> = {
  initial: { until: 0 },
  decide: ({ data: { now, ...data } }, { until }) => (now < until ? [] : [{ type: 'VenuePaused', v: 1, data }]),
  evolve: (_state, { data }) => ({ until: Date.parse(data.until) }),
};
