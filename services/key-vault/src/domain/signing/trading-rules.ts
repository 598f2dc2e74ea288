import type { SignPurpose, VaultErrorCode } from '@latchkey/contracts';

/** What stands against strings whatever the state of their credential, as it is in the moment of the record. */
export type TradingRules = {
  readonly frozen: boolean;
  /** For the item's user, its strategy, or everybody. */
  readonly halted: boolean;
  /** The user's list; `undefined`: every symbol. */
  readonly symbols?: readonly string[];
};

/**
 * DESIGN 4's row "halted", the user's symbols, and the freeze. Only what opens is held back by a halt or a list: what was opened before can be
 * settled, closed and canceled. A freeze leaves nothing but cancels, which need no judgement.
 *
 * @param symbol as it stands in the string
 */
export const refusalByRules = (
  { frozen, halted, symbols }: TradingRules,
  purpose: SignPurpose,
  symbol: string | undefined,
): VaultErrorCode | undefined => {
  if (frozen && purpose !== 'cancel') return 'vault.frozen';
  if (purpose !== 'open') return undefined;
  if (halted) return 'vault.trading_halted';
  return symbols === undefined || (symbol !== undefined && symbols.includes(symbol)) ? undefined : 'vault.symbol_not_allowed';
};
