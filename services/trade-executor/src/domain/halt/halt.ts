import type { EventData, EventOf, HaltTarget } from '@latchkey/contracts';
import { assertNever, type Decider } from '@latchkey/kernel';

export type HaltEvent = EventOf<'TradingHalted' | 'TradingResumed'>;
export type HaltNotice = EventData<'TradingHalted'>;
export type HaltState = { readonly status: 'trading' } | { readonly status: 'halted'; readonly reason: string };
export type HaltCommand = {
  readonly type: 'HaltTrading' | 'ResumeTrading';
  readonly data: { readonly target: HaltTarget; readonly reason: string };
};

/** One switch for each user, each strategy, and the platform. To halt what is halted, or resume what is not, changes nothing: the first reason stays. */
export const haltDecider: Decider<HaltState, HaltCommand, HaltEvent> = {
  initial: { status: 'trading' },
  decide: ({ type, data: { target, reason } }, { status }) => {
    const data: HaltNotice = { ...target, reason };
    switch (type) {
      case 'HaltTrading':
        return status === 'halted' ? [] : [{ type: 'TradingHalted', v: 1, data }];
      case 'ResumeTrading':
        return status === 'trading' ? [] : [{ type: 'TradingResumed', v: 1, data }];
      default:
        return assertNever(type);
    }
  },
  evolve: (_state, event) =>
    event.type === 'TradingHalted' ? { status: 'halted', reason: event.data.reason } : { status: 'trading' },
};
