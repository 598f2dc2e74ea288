import type { EventData, EventOf } from '@latchkey/contracts';
import type { Decider } from '@latchkey/kernel';

export type HeldBackEvent = EventOf<'RequestsHeldBack'>;
export type HeldBackState = { readonly seenAt: number };
export type HeldBackCommand = { readonly type: 'ReportHeldBack'; readonly data: EventData<'RequestsHeldBack'> };

/** Said again only when the oldest that waits had not come yet when it was said last: another crowd, not the same one a little later. */
export const heldBackDecider: Decider<HeldBackState, HeldBackCommand, HeldBackEvent> = {
  initial: { seenAt: 0 },
  decide: ({ data }, { seenAt }) => (Date.parse(data.since) <= seenAt ? [] : [{ type: 'RequestsHeldBack', v: 1, data }]),
  evolve: (_state, { data }) => ({ seenAt: Date.parse(data.seenAt) }),
};
