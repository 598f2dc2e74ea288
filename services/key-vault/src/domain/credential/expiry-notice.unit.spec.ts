import { replay, type UserId } from '@latchkey/kernel';
import { fc, specFor } from '@latchkey/testkit';
import { describe, expect, it } from 'vitest';
import { credentialIdOf } from './credential-id.js';
import { instantOf, type Credential, type CredentialEvent } from './credential.js';
import { credentialDecider } from './decide.js';
import { nextNoticeAt } from './expiry-notice.js';

const account = { userId: 'user-1' as UserId, exchange: 'bybit', environment: 'live' } as const;
const identity = { ...account, credentialId: credentialIdOf(account) };
const verificationId = '0199d3a0-7c00-7000-8000-000000000005';
const dayMs = 86_400_000;
const t0 = Date.UTC(2026, 10, 22, 9);
const day = (count: number): number => t0 + count * dayMs;
const permissions = { canRead: true, canTrade: true, canWithdraw: false };

const saved: CredentialEvent = { type: 'CredentialSaved', v: 1, data: { ...identity, maskedKey: 'abc...xyz', replaced: false } };
const started: CredentialEvent = {
  type: 'CredentialVerificationStarted',
  v: 1,
  data: { ...identity, verificationId, startedAt: instantOf(t0), expiresAt: instantOf(t0 + 30_000) },
};
/** Verified on one day, and said to end on another. */
const verified = (on: number, ends?: number): CredentialEvent => ({
  type: 'CredentialVerified',
  v: 1,
  data: {
    ...identity,
    verificationId,
    verifiedAt: instantOf(day(on)),
    permissions,
    warnings: [],
    report: { granted: [], ipRestricted: false, ...(ends !== undefined && { expiresAt: instantOf(day(ends)) }) },
  },
});
const noticed = (thresholdDays: 14 | 7 | 1, daysLeft: number, ends: number): CredentialEvent => ({
  type: 'CredentialExpiryNoticed',
  v: 1,
  data: { ...identity, expiresAt: instantOf(day(ends)), thresholdDays, daysLeft },
});
/** With the question in front of each answer: no other answer counts. */
const asked = (events: readonly CredentialEvent[]): readonly CredentialEvent[] =>
  events.flatMap((event) => ('verificationId' in event.data ? [started, event] : [event]));
const credential = { given: (...events: readonly CredentialEvent[]) => specFor(credentialDecider).given(...asked(events)) };
const notice = (on: number) => ({ type: 'NoticeExpiry', data: { atMs: day(on) } }) as const;
const nextOf = (...events: readonly CredentialEvent[]): number | undefined =>
  nextNoticeAt(replay(credentialDecider, asked(events)));

describe('the end of a key', () => {
  it('is noticed 14, 7 and 1 days ahead, once each', () => {
    const key = [saved, verified(0, 30)];
    credential
      .given(...key)
      .when(notice(15.9))
      .thenNothing();
    credential
      .given(...key)
      .when(notice(16))
      .then(noticed(14, 14, 30));
    credential
      .given(...key, noticed(14, 14, 30))
      .when(notice(22.9))
      .thenNothing();
    credential
      .given(...key, noticed(14, 14, 30))
      .when(notice(23))
      .then(noticed(7, 7, 30));
    credential
      .given(...key, noticed(7, 7, 30))
      .when(notice(29))
      .then(noticed(1, 1, 30));
    credential
      .given(...key, noticed(1, 1, 30))
      .when(notice(31))
      .thenNothing();
  });

  it('is noticed once when several of those days passed before anybody looked, or the key was saved late', () => {
    credential
      .given(saved, verified(0, 5))
      .when(notice(0))
      .then(noticed(7, 5, 5));
    credential
      .given(saved, verified(0, 30))
      .when(notice(29.5))
      .then(noticed(1, 0, 30));
    credential
      .given(saved, verified(0, 30))
      .when(notice(33))
      .then(noticed(1, 0, 30));
  });

  it('is the same end when the venue, which tells whole days, moves it by one', () => {
    const key = [saved, verified(0, 30), noticed(14, 14, 30), verified(16.5, 31)];
    credential
      .given(...key)
      .when(notice(17))
      .thenNothing();
    credential
      .given(...key)
      .when(notice(24))
      .then(noticed(7, 7, 31));
  });

  it('is another one after the key was renewed, or replaced', () => {
    const renewed = [saved, verified(0, 30), noticed(1, 1, 30), verified(29, 119)];
    credential
      .given(...renewed)
      .when(notice(29))
      .thenNothing();
    credential
      .given(...renewed)
      .when(notice(105))
      .then(noticed(14, 14, 119));
    credential
      .given(saved, verified(0, 30), noticed(14, 14, 30), saved, verified(17, 30))
      .when(notice(17))
      .then(noticed(14, 13, 30));
  });

  it('is of no interest where there is none, or the key is not in use', () => {
    credential.given(saved, verified(0)).when(notice(400)).thenNothing();
    credential.given(saved).when(notice(400)).thenNothing();
    const disabled: CredentialEvent = {
      type: 'CredentialVerificationFailed',
      v: 1,
      data: { ...identity, verificationId, failedAt: instantOf(day(1)), code: 'vault.key_refused', definite: true },
    };
    credential.given(saved, verified(0, 5), disabled).when(notice(4)).thenNothing();
  });

  it('is looked for when the next threshold passes', () => {
    expect(nextOf(saved, verified(0, 30))).toBe(day(16));
    expect(nextOf(saved, verified(0, 30), noticed(14, 14, 30))).toBe(day(23));
    expect(nextOf(saved, verified(0, 30), noticed(7, 7, 30))).toBe(day(29));
    expect(nextOf(saved, verified(0, 30), noticed(1, 1, 30))).toBeUndefined();
    expect(nextOf(saved, verified(0))).toBeUndefined();
  });

  it('is noticed whenever a notice is due, so that no row stays due for ever', () => {
    const ends = fc.double({ min: -5, max: 40, noNaN: true });
    const looks = fc.array(fc.double({ min: 0, max: 45, noNaN: true }), { maxLength: 8 });
    fc.assert(
      fc.property(ends, looks, (end, at) => {
        let state: Credential = replay(credentialDecider, asked([saved, verified(0, end)]));
        let seen = 0;
        for (const on of [...at].sort((a, b) => a - b)) {
          const due = (nextNoticeAt(state) ?? Number.POSITIVE_INFINITY) <= day(on);
          const events = credentialDecider.decide(notice(on), state);
          expect(events).toHaveLength(due ? 1 : 0);
          seen += events.length;
          state = replay({ ...credentialDecider, initial: state }, events);
        }
        expect(seen).toBeLessThanOrEqual(3);
      }),
    );
  });
});
