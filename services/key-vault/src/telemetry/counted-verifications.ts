import { meter } from '@latchkey/tracing';
import type { VaultUseCases } from '../app/use-cases.js';

type CompleteVerification = VaultUseCases['completeVerification'];

/** Counts what the vault decided about keys that a venue was asked about; failures by their code. */
export const countedVerifications = (complete: CompleteVerification): CompleteVerification => {
  const verifications = meter().createCounter('latchkey.credential.verifications', {
    description: 'Verifications of API keys, by what the vault decided',
    unit: '{verification}',
  });
  return async (request) => {
    const verdict = await complete(request);
    verifications.add(1, { 'latchkey.verification.result': verdict.verified ? 'verified' : (verdict.code ?? 'failed') });
    return verdict;
  };
};
