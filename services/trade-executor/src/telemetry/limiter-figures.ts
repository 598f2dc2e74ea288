import { meter, observeGauges, type Reading } from '@latchkey/tracing';
import type { LaneStatus } from '../app/rate-limits/lane-types.js';
import type { Observed } from '../app/rate-limits/rate-limiter.js';

/** How long requests waited for their permits, and which got none. */
export const createLimiterFigures = (): Observed => {
  const waits = meter().createHistogram('latchkey.limiter.wait.duration', {
    description: 'Time a request waited for its permit',
    unit: 's',
    advice: { explicitBucketBoundaries: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300] },
  });
  const refusals = meter().createCounter('latchkey.limiter.refusals', {
    description: 'Requests that could not have gone in time',
    unit: '{request}',
  });
  return ({ venue, address, urgency, waitedMs, refused }) => {
    const attributes = { 'latchkey.venue': venue, 'latchkey.address': address, 'latchkey.urgency': urgency };
    if (refused) refusals.add(1, attributes);
    else waits.record(waitedMs / 1_000, attributes);
  };
};

/** What waits now, what is left, and which venues want to be left alone. */
export const observeLimiter = (status: () => readonly LaneStatus[]): (() => void) =>
  observeGauges(
    {
      'latchkey.limiter.waiting': { description: 'Requests that wait for a permit', unit: '{request}' },
      'latchkey.limiter.left': { description: 'What is left of a limit, as all executors know it', unit: '{weight}' },
      'latchkey.limiter.pause': { description: 'How long the venue still wants no requests from an address', unit: 's' },
    },
    async () => {
      const lanes = status();
      const of = ({ venue, address }: LaneStatus) => ({ 'latchkey.venue': venue, 'latchkey.address': address });
      return {
        'latchkey.limiter.waiting': lanes.flatMap((lane): Reading[] =>
          Object.entries(lane.waiting).map(([urgency, value]) => ({
            value,
            attributes: { ...of(lane), 'latchkey.urgency': urgency },
          })),
        ),
        'latchkey.limiter.left': lanes.flatMap((lane): Reading[] =>
          Object.entries(lane.left).map(([window, value]) => ({ value, attributes: { ...of(lane), 'latchkey.window': window } })),
        ),
        'latchkey.limiter.pause': lanes.map((lane): Reading => ({ value: lane.blockedForMs / 1_000, attributes: of(lane) })),
      };
    },
  );
