import type { SignItem } from '@latchkey/contracts';
import type { UserId } from '@latchkey/kernel';
import { describe, expect, it } from 'vitest';
import { knownKeys } from './known-keys.js';
import type { Signed, Vault } from './ports/vault.js';

const account = { userId: 'u' as UserId, exchange: 'binance', environment: 'live' } as const;
const item: SignItem = { ...account, purpose: 'read', marketType: 'spot', payload: 'x' };

const scene = () => {
  let [now, answer]: [number, Signed] = [0, { outcome: 'signed', apiKey: 'k', signature: 's', signedAt: 0 }];
  const vault = { sign: async () => answer } as unknown as Vault;
  const keys = knownKeys(vault, { now: () => now });
  return { keys, at: (ms: number) => (now = ms), answers: (next: Signed) => (answer = next) };
};

describe('the API key of an account', () => {
  it('is known from its last signature on, for an hour, to that account alone', async () => {
    const { keys, at } = scene();
    expect(keys.keyOf(account)).toBeUndefined();
    await keys.vault.sign(item);
    expect(keys.keyOf(account)).toBe('k');
    expect(keys.keyOf({ ...account, userId: 'other' as UserId })).toBeUndefined();
    at(60 * 60_000 + 1);
    expect(keys.keyOf(account)).toBeUndefined();
  });

  it('is forgotten with the first refusal, and not when the vault is away', async () => {
    const { keys, answers } = scene();
    await keys.vault.sign(item);
    answers({ outcome: 'away', code: 'rpc.timeout', message: '' });
    await keys.vault.sign(item);
    expect(keys.keyOf(account)).toBe('k');
    answers({ outcome: 'refused', code: 'vault.credential_not_found', message: '' });
    await keys.vault.sign(item);
    expect(keys.keyOf(account)).toBeUndefined();
  });
});
