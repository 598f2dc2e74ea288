import type { Clock } from '@latchkey/kernel';
import type { VaultState } from './ports/vault.js';

const firstPauseMs = 250;
const longestPauseMs = 5_000;

/**
 * Stands before the vault while it is away or frozen. Without it every waiting trade would commit one attempt after another that nobody signs,
 * and run out of them before the vault signs again: the gate asks something that costs nothing, and opens when that is answered.
 */
export const createVaultGate = ({ clock, stateOf }: { readonly clock: Clock; readonly stateOf: () => Promise<VaultState> }) => {
  let state: VaultState = 'signing';
  let failures = 0;
  let askAt = 0;
  let asking = false;

  const ask = async (): Promise<void> => {
    asking = true;
    try {
      state = await stateOf();
    } finally {
      asking = false;
      askAt = clock.now() + firstPauseMs;
    }
  };

  const close = (to: Exclude<VaultState, 'signing'>): void => {
    // A hundred trades that failed together are one failure.
    if (state !== 'signing') return;
    state = to;
    askAt = clock.now() + Math.min(longestPauseMs, firstPauseMs * 2 ** failures);
    failures += 1;
  };

  return {
    /** 0: go. Otherwise milliseconds to wait before asking again. */
    enter: (): number => {
      if (state === 'signing') return 0;
      if (!asking && clock.now() >= askAt) void ask();
      return firstPauseMs;
    },
    /** Why nobody is let through, as far as it is known. */
    state: (): VaultState => state,
    /** It answered, whatever it said: it is not away. Whether it is frozen, only it can tell. */
    answered: (): void => {
      if (state === 'frozen') return;
      state = 'signing';
      failures = 0;
    },
    away: (): void => close('away'),
    frozen: (): void => close('frozen'),
  };
};

export type VaultGate = ReturnType<typeof createVaultGate>;
