import type { SimClock } from '../core/clock.js';
import type { Stats } from '../core/stats.js';
import type { BybitLimits } from './limits.js';
import type { Category } from './params.js';
import { refuse } from './refusal.js';
import { createRollingWindow, type RollingWindow } from './rolling-window.js';

const windowMs = 1_000;

/** Which budget a request draws on. Spot and linear orders have one each; without a category the linear one is meant. */
export type Budget = { readonly uid: number; readonly path: string; readonly category: Category | undefined };

/** The rolling second that every account has at every private endpoint. */
export type EndpointLimits = {
  /** @throws {BybitRefusal} 10006; what is refused uses nothing up */
  readonly charge: (budget: Budget) => void;
  /** `X-Bapi-Limit`, `-Status`, `-Reset-Timestamp`, which every private answer carries. */
  readonly headers: (budget: Budget) => Readonly<Record<string, string>>;
};

export const createEndpointLimits = (
  clock: Pick<SimClock, 'now'>,
  { perSecond, otherPerSecond }: Pick<BybitLimits, 'perSecond' | 'otherPerSecond'>,
  stats: Stats,
): EndpointLimits => {
  const windows = new Map<string, { readonly window: RollingWindow; refusedUntilMs: number }>();

  const limitOf = ({ path, category = 'linear' }: Budget): number => perSecond[path]?.[category] ?? otherPerSecond;
  const of = ({ uid, path, category = 'linear' }: Budget) => {
    const key = `${uid} ${path} ${category}`;
    const known = windows.get(key) ?? { window: createRollingWindow(clock, windowMs), refusedUntilMs: 0 };
    windows.set(key, known);
    return known;
  };

  return {
    charge: (budget) => {
      const known = of(budget);
      if (clock.now() < known.refusedUntilMs) stats.count('requestsBeforeRetryAfter');
      if (known.window.used() >= limitOf(budget)) {
        known.refusedUntilMs = known.window.freesAtMs();
        stats.count('rateLimitViolations');
        throw refuse.tooManyVisits();
      }
      known.window.add();
    },
    headers: (budget) => {
      const { window } = of(budget);
      const left = Math.max(0, limitOf(budget) - window.used());
      return {
        'x-bapi-limit': String(limitOf(budget)),
        'x-bapi-limit-status': String(left),
        'x-bapi-limit-reset-timestamp': String(left === 0 ? window.freesAtMs() : clock.now()),
      };
    },
  };
};
