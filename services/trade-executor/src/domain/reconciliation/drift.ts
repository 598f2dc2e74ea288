import type { EventData, EventOf } from '@latchkey/contracts';
import type { Decider } from '@latchkey/kernel';

export type DriftEvent = EventOf<'PositionDriftDetected' | 'PositionDriftResolved'>;
export type Drift = EventData<'PositionDriftDetected'>;
export type DriftState = { readonly drift?: Pick<Drift, 'expected' | 'found'> };
export type DriftCommand = { readonly type: 'ReportHolding'; readonly data: Drift & { readonly drifts: boolean } };

/** Books that disagree are said once, again when they disagree by other amounts, and once more when they agree. Nothing is traded for it. */
export const driftDecider: Decider<DriftState, DriftCommand, DriftEvent> = {
  initial: {},
  decide: ({ data: { drifts, ...data } }, { drift }) => {
    if (!drifts) return drift ? [{ type: 'PositionDriftResolved', v: 1, data }] : [];
    const isKnown = drift?.expected === data.expected && drift.found === data.found;
    return isKnown ? [] : [{ type: 'PositionDriftDetected', v: 1, data }];
  },
  evolve: (_state, { type, data: { expected, found } }) =>
    type === 'PositionDriftDetected' ? { drift: { expected, found } } : {},
};
