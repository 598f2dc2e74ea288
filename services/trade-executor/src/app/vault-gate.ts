import type { Clock } from '@latchkey/kernel';

const firstPauseMs = 250;
const longestPauseMs = 5_000;

/**
 * Stands before the vault while it is away. Without it every waiting trade would commit one attempt after another that nobody signs, and run
 * out of them before the vault is back: the gate asks something that costs nothing, and opens when that is answered.
 */
export const createVaultGate = ({ clock, isThere }: { readonly clock: Clock; readonly isThere: () => Promise<boolean> }) => {
  let open = true;
  let failures = 0;
  let askAt = 0;
  let asking = false;

  const ask = async (): Promise<void> => {
    asking = true;
    try {
      open = await isThere();
    } finally {
      asking = false;
      askAt = clock.now() + firstPauseMs;
    }
  };

  return {
    /** 0: go. Otherwise milliseconds to wait before asking again. */
    enter: (): number => {
      if (open) return 0;
      if (!asking && clock.now() >= askAt) void ask();
      return firstPauseMs;
    },
    answered: (): void => {
      open = true;
      failures = 0;
    },
    away: (): void => {
      // A hundred trades that failed together are one failure.
      if (!open) return;
      open = false;
      askAt = clock.now() + Math.min(longestPauseMs, firstPauseMs * 2 ** failures);
      failures += 1;
    },
  };
};

export type VaultGate = ReturnType<typeof createVaultGate>;
