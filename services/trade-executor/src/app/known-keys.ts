import type { Account } from '@latchkey/contracts';
import type { Clock } from '@latchkey/kernel';
import type { KeyVault } from './ports/vault.js';

/** A key that was replaced or deleted must not be used for long after: the vault is what tells, with each signature. */
const maxAgeMs = 60 * 60_000;

const nameOf = ({ userId, exchange, environment }: Account): string => [exchange, environment, userId].join('/');

/**
 * The API keys that came with the last signatures, in memory alone: what opens a stream by the key itself needs no signature of its own. A
 * refusal forgets the key, since the account may have another one by now.
 */
export const knownKeys = (vault: KeyVault, clock: Clock) => {
  const keys = new Map<string, { readonly apiKey: string; readonly at: number }>();
  return {
    vault: {
      ...vault,
      sign: async (item) => {
        const signed = await vault.sign(item);
        if (signed.outcome === 'signed') keys.set(nameOf(item), { apiKey: signed.apiKey, at: clock.now() });
        if (signed.outcome === 'refused') keys.delete(nameOf(item));
        return signed;
      },
    } satisfies KeyVault,
    keyOf: (account: Account): string | undefined => {
      const known = keys.get(nameOf(account));
      return known && clock.now() - known.at <= maxAgeMs ? known.apiKey : undefined;
    },
  };
};
