import type { Account, VerificationResult } from '@latchkey/contracts';
import { VaultError } from '../domain/vault-error.js';
import type { Executor } from '../app/verification-ports.js';
import { goodBybitKey, goodKey, signOne, verifyItem, type VaultFixture } from './vault-fixture.js';
import type { Vault } from '../vault.js';

/** What a venue says about a key, now. */
export type VenueAnswer = (account: Account) => VerificationResult | Promise<VerificationResult>;

export const healthyKey: VenueAnswer = ({ exchange }) => (exchange === 'bybit' ? goodBybitKey : goodKey);

/** An executor as the vault meets it: it has a string signed, asks a venue that answers by script, and brings the answer back. */
export const fakeExecutor = (fixture: VaultFixture, vault: Vault = fixture.vault) => {
  let answer = healthyKey;
  let there = true;
  let crashing = false;
  const asked: Account[] = [];
  const executor: Executor = {
    isThere: () => Promise.resolve(there),
    verify: async ({ verificationId, context, ...of }) => {
      const account = { userId: of.userId, exchange: of.exchange, environment: of.environment };
      asked.push(account);
      const result = await answer(account);
      if (crashing) throw new VaultError('vault.conflict', { why: 'the executor ended before it answered' });
      if (result.outcome !== 'unavailable') {
        await signOne({ vault }, verifyItem(fixture, account, verificationId));
      }
      return vault.completeVerification({ verificationId, result, context });
    },
  };
  return {
    executor,
    /** Whose keys it was told to verify, in order. */
    asked,
    venue: (next: VenueAnswer) => {
      answer = next;
    },
    setThere: (value: boolean) => {
      there = value;
    },
    /** Asks the venue, and is gone before anybody hears of it. */
    setCrashing: (value: boolean) => {
      crashing = value;
    },
  };
};
