import type { UserId } from '@latchkey/kernel';
import { fc } from '@latchkey/testkit';
import { describe, expect, it } from 'vitest';
import { credentialIdOf } from './credential-id.js';
import { instantOf, verificationWindowMs, type Credential } from './credential.js';
import { dailyMs, longestRetryMs, nextVerificationAt } from './verification-schedule.js';

const t0 = Date.UTC(2026, 10, 22, 9);
const permissions = { canRead: true, canTrade: true, canWithdraw: false };
type Verified = Extract<Credential, { status: 'verified' }>;

const standing = (user: string) => {
  const account = { userId: user as UserId, exchange: 'binance', environment: 'live' } as const;
  return { ...account, credentialId: credentialIdOf(account), maskedKey: '9dUV...VKMh', verifications: [] };
};
const verified = (more: Partial<Verified> = {}, user = 'user-1'): Verified => ({
  ...standing(user),
  status: 'verified',
  verifiedAt: instantOf(t0),
  permissions,
  ...more,
});
const tried = (attempts: number, more: Partial<Verified> = {}) => verified({ attempts, lastStartedAt: instantOf(t0), ...more });
const after = (credential: Credential): number => (nextVerificationAt(credential) ?? Number.NaN) - t0;
const endingIn = (ms: number) => verified({ report: { granted: [], ipRestricted: false, expiresAt: instantOf(t0 + ms) } });

describe('the next verification of a key', () => {
  it('comes about a day after the last one, and those of many keys not at once', () => {
    const delays = Array.from({ length: 500 }, (_, i) => after(verified({}, `user-${i}`)));
    for (const delay of delays) {
      expect(delay).toBeGreaterThanOrEqual(0.9 * dailyMs);
      expect(delay).toBeLessThanOrEqual(1.1 * dailyMs);
    }
    // Twenty parts of that time: none holds much more than its twentieth.
    const parts = delays.map((delay) => Math.floor(((delay / dailyMs - 0.9) / 0.2) * 20));
    const largest = Math.max(...Array.from({ length: 20 }, (_, part) => parts.filter((one) => one === part).length));
    expect(largest).toBeLessThan(50);
  });

  it('is the same for whoever reads the same events, and another one each day', () => {
    expect(after(verified())).toBe(after(verified()));
    expect(after(verified({ verifiedAt: instantOf(t0 + 1) })) - 1).not.toBe(after(verified()));
  });

  it('comes sooner where the last one had no result, later each time, and at the latest after six hours or so', () => {
    const means = [1, 2, 3, 4, 5].map((attempts) => 2 ** attempts * 60_000);
    for (const [i, mean] of means.entries()) {
      expect(after(tried(i + 1))).toBeGreaterThanOrEqual(0.8 * mean);
      expect(after(tried(i + 1))).toBeLessThanOrEqual(1.2 * mean);
    }
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5_000 }), (attempts) => {
        const delay = after(tried(attempts));
        return delay > verificationWindowMs && delay <= 1.2 * longestRetryMs;
      }),
    );
  });

  it('follows a first one that had no result, too, but nobody verifies a key that its owner has not', () => {
    const unverified: Credential = { ...standing('user-1'), status: 'unverified' };
    expect(nextVerificationAt(unverified)).toBeUndefined();
    expect(after({ ...unverified, attempts: 1, lastStartedAt: instantOf(t0) })).toBeLessThan(3 * 60_000);
  });

  it('waits for no day when the venue has named an earlier end, and does not hurry after one that is over', () => {
    expect(after(endingIn(3_600_000))).toBe(3_660_000);
    expect(after(endingIn(-3_600_000))).toBe(120_000);
    expect(after(endingIn(30 * dailyMs))).toBe(after(verified()));
  });

  it('does not come for a key that is switched off, damaged or gone', () => {
    const identity = standing('user-1');
    const states: readonly Credential[] = [
      { status: 'none' },
      { ...identity, status: 'disabled', attempts: 3, lastStartedAt: instantOf(t0) },
      { ...identity, status: 'damaged' },
      { ...identity, status: 'deleting', readableUntil: instantOf(t0) },
      { ...identity, status: 'deleted' },
    ];
    expect(states.map(nextVerificationAt)).toEqual(states.map(() => undefined));
  });
});
