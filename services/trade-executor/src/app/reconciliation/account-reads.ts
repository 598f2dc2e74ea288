import { recvWindowMs } from '../../domain/trade/policy.js';
import type { BookKey } from '../ports/books.js';
import type { Exchange, SignedCall } from '../ports/exchange.js';
import type { Vault } from '../ports/vault.js';

/** Signed reads of an account that serve no single trade; undefined while the venue's time is not known. */
export const accountRead = (
  { userId, exchange: name, environment, marketType }: BookKey,
  exchange: Pick<Exchange, 'clock'>,
  vault: Pick<Vault, 'sign'>,
): SignedCall | undefined => {
  const timestamp = exchange.clock.now();
  if (timestamp === undefined) return undefined;
  return {
    timestamp,
    recvWindow: recvWindowMs,
    user: userId,
    authorize: async (payload) => {
      const signed = await vault.sign({ purpose: 'read', userId, exchange: name, environment, marketType, payload });
      return signed.outcome === 'signed' ? signed : undefined;
    },
  };
};
