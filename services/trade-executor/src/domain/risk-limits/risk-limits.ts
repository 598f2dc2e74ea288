import type { EventData, EventOf, SymbolList } from '@latchkey/contracts';
import type { Decider } from '@latchkey/kernel';

export type RiskLimitsEvent = EventOf<'RiskLimitsSet'>;
export type RiskLimitsState = { readonly symbols: SymbolList };
export type RiskLimitsCommand = { readonly type: 'SetRiskLimits'; readonly data: EventData<'RiskLimitsSet'> };

/** Each symbol once, in one order: two lists that mean the same are the same. */
const tidied = (symbols: SymbolList): SymbolList => symbols && [...new Set(symbols)].toSorted();

/** What a user lets be opened. Without a word of theirs it is every symbol; set to what it is, it changes nothing. */
export const riskLimitsDecider: Decider<RiskLimitsState, RiskLimitsCommand, RiskLimitsEvent> = {
  initial: { symbols: null },
  decide: ({ data }, state) => {
    const symbols = tidied(data.symbols);
    return JSON.stringify(symbols) === JSON.stringify(state.symbols)
      ? []
      : [{ type: 'RiskLimitsSet', v: 1, data: { ...data, symbols } }];
  },
  evolve: (_state, { data: { symbols } }) => ({ symbols }),
};
