import type { LimiterStanding } from '@latchkey/contracts';
import type { Clock } from '@latchkey/kernel';
import type { LaneStatus } from './lane-types.js';

/** A burst waits its turn for a moment; whoever waits for longer is late. */
const longWaitMs = 5_000;

const instant = (ms: number): string => new Date(ms).toISOString();

/** Where requests of this process have waited long for limits, or a venue wants quiet from one of its addresses. */
export const limiterStandings = (status: () => readonly LaneStatus[], clock: Clock) => (): readonly LimiterStanding[] =>
  status().flatMap(({ venue, address, waiting, oldestAt, blockedForMs }) => {
    const late = oldestAt !== undefined && clock.now() - oldestAt >= longWaitMs ? oldestAt : undefined;
    if (late === undefined && blockedForMs === 0) return [];
    const [host, environment] = venue.split('/') as [LimiterStanding['host'], LimiterStanding['environment']];
    return [
      {
        host,
        environment,
        address,
        waiting,
        oldestSince: late === undefined ? null : instant(late),
        blockedUntil: blockedForMs === 0 ? null : instant(clock.now() + blockedForMs),
      },
    ];
  });
