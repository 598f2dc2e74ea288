import type { CommandContext, RiskLimits, TradingHalt } from '@latchkey/contracts';
import type { UserId } from '@latchkey/kernel';
import type { HaltCommand } from '../../domain/halt/halt.js';
import type { RiskLimitsCommand } from '../../domain/risk-limits/risk-limits.js';

/** Halts and limits, in force for every opening that is recorded after the answer. */
export type Halts = {
  readonly halt: (
    command: HaltCommand,
    context: CommandContext,
  ) => Promise<{ readonly changed: boolean; readonly halt?: TradingHalt }>;
  readonly limit: (command: RiskLimitsCommand, context: CommandContext) => Promise<void>;
  /** A user's own limits, and all others and every halt that concern them: theirs, the platform's, and those of strategies that they own or follow. */
  readonly limitsOf: (userId: UserId) => Promise<RiskLimits>;
};
