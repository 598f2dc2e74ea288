import { setTimeout as delay } from 'node:timers/promises';
import { VaultError } from '../domain/vault-error.js';
import type { VaultUseCases } from './use-cases.js';

type Guarded = Pick<
  VaultUseCases,
  | 'saveCredential'
  | 'generateKeyPair'
  | 'activateKeyPair'
  | 'importCredentials'
  | 'beginVerification'
  | 'completeVerification'
  | 'freezeVault'
  | 'thawVault'
  | 'rotateKeys'
  | 'retireKey'
>;

type Known = {
  /** Log and stream were compared since the database was last out of sight. */
  readonly isKnown: () => boolean;
  /** How long a command waits for that; every command has 5 s. */
  readonly waitMs?: number;
};

const lookEveryMs = 50;

/**
 * Nothing is decided on a history that may lack its last hours: what was lost comes back behind what was decided meanwhile, and would count as
 * the newer fact (a thaw after a freeze that was asked for now). A start takes a moment to know, so a command waits for it that long.
 *
 * Deletions are not among these: whatever comes back behind one, its key signs no more and its secret stays gone.
 *
 * @throws {VaultError} `vault.log_not_compared`, from each of them
 */
export const onceKnown = (useCases: Guarded, { isKnown, waitMs = 2_000 }: Known): Guarded => {
  const known = async (): Promise<void> => {
    const until = performance.now() + waitMs;
    while (!isKnown()) {
      if (performance.now() >= until) throw new VaultError('vault.log_not_compared');
      await delay(lookEveryMs);
    }
  };
  const after =
    <Request, Reply>(answer: (request: Request) => Promise<Reply>) =>
    async (request: Request): Promise<Reply> => {
      await known();
      return answer(request);
    };
  return {
    saveCredential: after(useCases.saveCredential),
    generateKeyPair: after(useCases.generateKeyPair),
    activateKeyPair: after(useCases.activateKeyPair),
    importCredentials: after(useCases.importCredentials),
    beginVerification: after(useCases.beginVerification),
    completeVerification: after(useCases.completeVerification),
    freezeVault: after(useCases.freezeVault),
    thawVault: after(useCases.thawVault),
    rotateKeys: after(useCases.rotateKeys),
    retireKey: after(useCases.retireKey),
  };
};

/** Work that a timer does again: its rounds are skipped as long as nothing should be decided. */
export const roundsOnceKnown =
  (work: () => Promise<void>, isKnown: () => boolean): (() => Promise<void>) =>
  async () => {
    if (isKnown()) await work();
  };
