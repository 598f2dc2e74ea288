import type { HaltScope, Limits } from '@latchkey/contracts';
import type { Refusal, TradeRequest } from '../trade/events.js';
import { limitOnOpening, marketOf, type Opening } from './limit-on-opening.js';
import { noStanding, type Standing } from './standing.js';

/** What stands in the way of openings, as it is in the transaction that would record one. */
export type Bars = {
  /** Reasons by scope and target, e.g. `user/user-1`; see {@link scopeKey}. */
  readonly halts: ReadonlyMap<string, string>;
  /** Limits by scope and target. */
  readonly limits: ReadonlyMap<string, Limits>;
  /** By user, where there is a limit that is held against it. */
  readonly standings: ReadonlyMap<string, Standing>;
};

export const scopeKey = (scope: HaltScope, target: string): string => `${scope}/${target}`;

/** The halts and limits that an opening is held against, the widest first. */
export const scopesOf = ({
  userId,
  strategyId,
}: Pick<TradeRequest, 'userId' | 'strategyId'>): readonly (readonly [HaltScope, string])[] => [
  ['platform', ''],
  ['user', userId],
  ['strategy', strategyId],
];

const halted: Readonly<Record<HaltScope, (reason: string) => Refusal>> = {
  platform: (reason) => ({
    reason: 'halted.platform',
    message: `Operators have halted all openings: ${reason}. Nothing is to be done; alerts are taken and denied until they resume.`,
  }),
  user: (reason) => ({
    reason: 'halted.user',
    message: `You have halted your trading: ${reason}. POST /api/trading/resume lets it go on.`,
  }),
  strategy: (reason) => ({
    reason: 'halted.strategy',
    message: `The owner of the strategy has halted it: ${reason}.`,
  }),
};

/** What was sent for this trade before is about to be sent again: it does not stand beside itself. */
const besides = (standing: Standing, { tradeId }: Opening): Standing => ({
  ...standing,
  pending: standing.pending.filter((one) => one.tradeId !== tradeId),
});

/** Why an order may not be opened now; `undefined`: nothing speaks against it. Orders that close are never asked about. */
export const barOnOpening = (opening: Opening, { halts, limits, standings }: Bars): Refusal | undefined => {
  const scopes = scopesOf(opening);
  for (const [scope, target] of scopes) {
    const reason = halts.get(scopeKey(scope, target));
    if (reason !== undefined) return halted[scope](reason);
  }
  const standing = besides(standings.get(opening.userId) ?? noStanding, opening);
  for (const [scope, target] of scopes) {
    const set = limits.get(scopeKey(scope, target));
    const refusal = set && limitOnOpening({ opening, scope, limits: set, standing });
    if (refusal) return refusal;
  }
  return undefined;
};

/** How a user stands once this was let through: two of their openings must not pass a limit together. */
export const withOpening = (standing: Standing, opening: Opening): Standing => {
  const { tradeId, environment, strategyId, quoteAsset, value } = opening;
  const pending = [
    ...besides(standing, opening).pending,
    { tradeId, environment, strategyId, market: marketOf(opening), quoteAsset, value },
  ];
  return { ...standing, pending };
};
