import type { HaltScope } from '@latchkey/contracts';
import type { Refusal, TradeRequest } from '../trade/events.js';

/** What stands in the way of openings, as it is in the transaction that would record one. */
export type Bars = {
  /** Reasons by scope and target, e.g. `user/user-1`; see {@link haltKey}. */
  readonly halts: ReadonlyMap<string, string>;
  /** Lists by user; a user without one may open on every symbol. */
  readonly symbols: ReadonlyMap<string, readonly string[]>;
};

export const haltKey = (scope: HaltScope, target: string): string => `${scope}/${target}`;

type Opening = Pick<TradeRequest, 'userId' | 'strategyId' | 'symbol'>;

/** The halts that an opening is held against, the widest first. */
export const haltKeysOf = ({ userId, strategyId }: Opening): readonly (readonly [HaltScope, string])[] => [
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

/** Why an order may not be opened now; `undefined`: nothing speaks against it. Orders that close are never asked about. */
export const barOnOpening = (opening: Opening, { halts, symbols }: Bars): Refusal | undefined => {
  for (const [scope, target] of haltKeysOf(opening)) {
    const reason = halts.get(haltKey(scope, target));
    if (reason !== undefined) return halted[scope](reason);
  }
  const list = symbols.get(opening.userId);
  if (list === undefined || list.includes(opening.symbol)) return undefined;
  return {
    reason: 'risk.symbol_not_listed',
    message: `${opening.symbol} is not on your list of symbols; PUT /api/risk-limits adds it, or lifts the list with null.`,
  };
};
