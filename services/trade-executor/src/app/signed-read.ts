import type { LookupAnswer, SignedCall } from './ports/exchange.js';
import { signItem, type TradeDeps, type TradeRun } from './trade-run.js';

type Unsigned = Extract<LookupAnswer, { outcome: 'refused' | 'unavailable' }>;

/** A signed read for a trade's attempt, and why the vault did not sign it, if so. */
export const signedRead = (
  run: Pick<TradeRun, 'request'>,
  { leg, attempt }: { readonly leg: string; readonly attempt: number },
  window: Pick<SignedCall, 'timestamp' | 'recvWindow'>,
  { vault, gate }: Pick<TradeDeps, 'vault' | 'gate'>,
) => {
  const read: { unsigned?: Unsigned; call: SignedCall } = {
    call: {
      ...window,
      user: run.request.userId,
      urgency: 'lookup',
      authorize: async (payload) => {
        const signed = await vault.sign(signItem(run, { purpose: 'read', payload, leg, attempt }));
        if (signed.outcome === 'signed') {
          gate.answered();
          return signed;
        }
        const { code, message } = signed;
        read.unsigned = { outcome: signed.outcome === 'refused' ? 'refused' : 'unavailable', reason: code, message };
        return undefined;
      },
    },
  };
  return read;
};
