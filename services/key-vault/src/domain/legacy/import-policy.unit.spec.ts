import type { UserId } from '@latchkey/kernel';
import { describe, expect, it } from 'vitest';
import { credentialIdOf } from '../credential/credential-id.js';
import type { Credential } from '../credential/credential.js';
import { importVerdict } from './import-policy.js';

const account = { userId: 'user-1' as UserId, exchange: 'binance', environment: 'live' } as const;
const identity = { ...account, credentialId: credentialIdOf(account), maskedKey: '9dUV...VKMh' };
const permissions = { canRead: true, canTrade: true, canWithdraw: false };

const states: Readonly<Record<Credential['status'], Credential>> = {
  none: { status: 'none' },
  unverified: { ...identity, status: 'unverified', verifications: [] },
  verified: { ...identity, status: 'verified', verifications: [], verifiedAt: '2026-11-22T09:00:00.000Z', permissions },
  disabled: { ...identity, status: 'disabled', verifications: [] },
  damaged: { ...identity, status: 'damaged', verifications: [] },
  deleting: { ...identity, status: 'deleting', readableUntil: '2026-11-22T09:02:00.000Z' },
  deleted: { ...identity, status: 'deleted' },
};

const verdict = (...found: Parameters<typeof importVerdict>): string => {
  try {
    return importVerdict(...found);
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('an import', () => {
  it.each([
    // status, the same key, another key, the same and replace, another and replace
    ['none', 'imported', 'imported', 'imported', 'imported'],
    ['unverified', 'already_imported', 'vault.import_key_exists', 'already_imported', 'replaced'],
    ['verified', 'already_imported', 'vault.import_key_exists', 'already_imported', 'replaced'],
    ['disabled', 'already_imported', 'vault.import_key_exists', 'already_imported', 'replaced'],
    ['damaged', 'vault.import_key_exists', 'vault.import_key_exists', 'replaced', 'replaced'],
    ['deleting', 'vault.import_key_deleted', 'vault.import_key_deleted', 'replaced', 'replaced'],
    ['deleted', 'vault.import_key_deleted', 'vault.import_key_deleted', 'imported', 'imported'],
  ] as const)('of a row into an account whose key is %s', (status, same, other, sameReplacing, otherReplacing) => {
    const credential = states[status];
    expect([
      verdict(credential, { sameKey: true, replace: false }),
      verdict(credential, { sameKey: false, replace: false }),
      verdict(credential, { sameKey: true, replace: true }),
      verdict(credential, { sameKey: false, replace: true }),
    ]).toEqual([same, other, sameReplacing, otherReplacing]);
  });
});
