import type { CommandContext, SignItem, TradingEnvironment, VerificationResult, VerificationVerdict } from '@latchkey/contracts';
import type { Signature } from './exchange.js';

/**
 * What became of one string. `refused` ends the order; `again`: this string is not signed, another attempt may be; `away`: nobody answered, so
 * we hold no signature, and trying at once would not help; `signed_before`: the vault has signed another string for this attempt, of which our
 * log knows nothing (a commit that was lost, a database that was restored), so the order may stand.
 */
export type Signed =
  | ({ readonly outcome: 'signed' } & Signature)
  | { readonly outcome: 'refused' | 'again' | 'away' | 'signed_before'; readonly code: string; readonly message: string };

/** `frozen`: operators stopped all signing but cancels. */
export type VaultState = 'signing' | 'frozen' | 'away';

/** What is to be signed for a trade, wherever it is made. */
export type SignRequest = Omit<SignItem, 'environment'> & { readonly environment: TradingEnvironment };

/** The key vault, as far as the executor needs it. */
export type KeyVault = {
  /** Strings that wait at the same time travel together; never throws. */
  readonly sign: (item: SignItem) => Promise<Signed>;
  /** By a question that costs nothing. */
  readonly state: () => Promise<VaultState>;
  readonly completeVerification: (request: {
    readonly verificationId: string;
    readonly result: VerificationResult;
    readonly context: CommandContext;
  }) => Promise<VerificationVerdict>;
};

/** The same as trades see it: of what is on paper it is never asked. */
export type Vault = Omit<KeyVault, 'sign'> & { readonly sign: (item: SignRequest) => Promise<Signed> };
