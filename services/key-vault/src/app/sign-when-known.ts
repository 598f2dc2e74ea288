import { VaultError } from '../domain/vault-error.js';
import type { VaultUseCases } from './use-cases.js';

type Guarded = Pick<VaultUseCases, 'signStrings' | 'freezeState'>;

/**
 * Nothing is signed before it is known that this database is the newest there is: a restored one has forgotten the deletions, the freeze and the
 * attempts of its last hours until its events came back. Neither does it say that it is not frozen.
 *
 * @param isKnown log and stream were compared since the database was last out of sight
 */
export const signWhenKnown = ({ signStrings, freezeState }: Guarded, isKnown: () => boolean): Guarded => {
  const assertKnown = (): void => {
    if (!isKnown()) throw new VaultError('vault.log_not_compared');
  };
  return {
    signStrings: async (...batch) => {
      assertKnown();
      return signStrings(...batch);
    },
    freezeState: async () => {
      assertKnown();
      return freezeState();
    },
  };
};
