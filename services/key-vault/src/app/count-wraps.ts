import type { KeyId } from '../domain/encryption/key-provider.js';
import { nistLimit, stopsAt, warnsAt } from '../domain/encryption/key-limit.js';
import { VaultError } from '../domain/vault-error.js';
import type { WrapCounts } from './ports.js';

type Deps = {
  readonly counts: Pick<WrapCounts, 'reserve'>;
  readonly log: { readonly warn: (facts: object, message: string) => void };
};

export type WrapCounter = {
  /**
   * Counts one wrap under that key, before it is made.
   *
   * @throws {VaultError} `vault.key_exhausted`, `vault.encryption_key_retired`
   */
  readonly take: (keyId: KeyId) => Promise<void>;
};

/** Reserved at once: a round trip to Postgres for so many wraps, and so many are counted for nothing when this process dies. */
const blockSize = 256;

// Once for each hundredth of the limit: a warning per block would be one per second.
const hundredthOf = (wraps: number): number => Math.floor((wraps / nistLimit) * 100);

/** Counts wraps in blocks that are committed before the first of them is used: after a crash the count is too high, never too low. */
export const createWrapCounter = ({ counts, log }: Deps): WrapCounter => {
  const left = new Map<KeyId, number>();
  const reserving = new Map<KeyId, Promise<void>>();
  const warned = new Map<KeyId, number>();

  const warn = (keyId: KeyId, wraps: number): void => {
    if (wraps < warnsAt || warned.get(keyId) === hundredthOf(wraps)) return;
    warned.set(keyId, hundredthOf(wraps));
    log.warn(
      { keyId, wraps, stopsAt },
      'this encryption key has wrapped much of what one key may, and stops at half of the limit: bring in a new one (docs/keys.md), then run "latchkey keys rotate"',
    );
  };

  const reserve = async (keyId: KeyId): Promise<void> => {
    const reserved = await counts.reserve(keyId, blockSize, stopsAt);
    if (!reserved.ok) throw new VaultError(reserved.retired ? 'vault.encryption_key_retired' : 'vault.key_exhausted', { keyId });
    left.set(keyId, (left.get(keyId) ?? 0) + blockSize);
    warn(keyId, reserved.wraps);
  };

  // Everybody who finds the block used up waits for the same new one.
  const reserveOnce = (keyId: KeyId): Promise<void> => {
    const under = reserving.get(keyId) ?? reserve(keyId).finally(() => reserving.delete(keyId));
    reserving.set(keyId, under);
    return under;
  };

  return {
    take: async (keyId) => {
      while ((left.get(keyId) ?? 0) === 0) await reserveOnce(keyId);
      left.set(keyId, (left.get(keyId) ?? 0) - 1);
    },
  };
};
