import {
  limitNames,
  noLimits,
  type EventData,
  type EventOf,
  type HaltTarget,
  type LimitChanges,
  type Limits,
} from '@latchkey/contracts';
import { canonicalJson, type Decider, type UserId } from '@latchkey/kernel';

export type RiskLimitsEvent = EventOf<'RiskLimitsSet'>;
export type RiskLimitsState = Limits;
export type RiskLimitsCommand = {
  readonly type: 'SetRiskLimits';
  readonly data: {
    readonly target: HaltTarget;
    /** Whose limits these are: of the platform the operator who sets them. */
    readonly userId: UserId;
    /** What is not named stays as it is. */
    readonly changes: LimitChanges;
  };
};

/** Each symbol once, in one order: two lists that mean the same are the same. */
const tidied = ({ symbols, ...limits }: Limits): Limits => ({ symbols: symbols && [...new Set(symbols)].toSorted(), ...limits });

/** What an event says of limits; what it does not name is not limited. */
export const limitsIn = (data: EventData<'RiskLimitsSet'>): Limits =>
  Object.fromEntries(limitNames.map((name) => [name, data[name] ?? null])) as Limits;

/** Only what limits is named, so that what is lifted leaves no trace in what comes after; the list of symbols always was. */
const dataOf = ({ target, userId }: RiskLimitsCommand['data'], { symbols, ...limits }: Limits): EventData<'RiskLimitsSet'> => ({
  userId,
  symbols,
  ...(target.scope !== 'user' && { scope: target.scope }),
  ...(target.scope === 'strategy' && { strategyId: target.strategyId }),
  ...Object.fromEntries(Object.entries(limits).filter(([, limit]) => limit !== null)),
});

/** What a user, the owner of a strategy or an operator lets be opened. Without a word of theirs it is everything; set to what it is, it changes nothing. */
export const riskLimitsDecider: Decider<RiskLimitsState, RiskLimitsCommand, RiskLimitsEvent> = {
  initial: noLimits,
  decide: ({ data }, state) => {
    const named = Object.fromEntries(Object.entries(data.changes).filter(([, limit]) => limit !== undefined));
    const limits = tidied({ ...state, ...named });
    return canonicalJson(limits) === canonicalJson(state) ? [] : [{ type: 'RiskLimitsSet', v: 1, data: dataOf(data, limits) }];
  },
  evolve: (_state, { data }) => limitsIn(data),
};
