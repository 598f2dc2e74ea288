import type { EventData, KeyType, Permissions, SignPurpose, VerificationResult } from '@latchkey/contracts';
import { replay, type UserId } from '@latchkey/kernel';
import { specFor } from '@latchkey/testkit';
import { describe, expect, it } from 'vitest';
import { credentialIdOf } from './credential-id.js';
import { statusOf } from './credential-status.js';
import { instantOf, keyTypeOf, type CredentialEvent } from './credential.js';
import { credentialDecider } from './decide.js';
import { refusalToSign } from './signing-policy.js';

const credential = specFor(credentialDecider);
const account = { userId: 'user-1' as UserId, exchange: 'binance', environment: 'live' } as const;
const identity = { ...account, credentialId: credentialIdOf(account) };
const t0 = Date.UTC(2026, 10, 22, 9);
const seconds = (count: number) => t0 + count * 1_000;
const hours = (count: number) => t0 + count * 3_600_000;
const verificationId = '0199d3a0-7c00-7000-8000-000000000005';
const otherVerification = '0199d3a0-7c00-7000-8000-000000000006';
const permissions: Permissions = { canRead: true, canTrade: true, canWithdraw: false };

const report = { granted: ['enableReading', 'enableSpotAndMarginTrading'], ipRestricted: true };

const saved: CredentialEvent = {
  type: 'CredentialSaved',
  v: 1,
  data: { ...identity, maskedKey: '9dUV...VKMh', replaced: false },
};
const startedAs = (id: string): CredentialEvent => ({
  type: 'CredentialVerificationStarted',
  v: 1,
  data: { ...identity, verificationId: id, startedAt: instantOf(t0), expiresAt: instantOf(seconds(30)) },
});
const started = startedAs(verificationId);
const verified: CredentialEvent = {
  type: 'CredentialVerified',
  v: 1,
  data: { ...identity, verificationId, verifiedAt: instantOf(seconds(1)), permissions, warnings: [], report },
};
const failed = (more: Partial<EventData<'CredentialVerificationFailed'>> = {}): CredentialEvent => ({
  type: 'CredentialVerificationFailed',
  v: 1,
  data: { ...identity, verificationId, failedAt: instantOf(seconds(1)), code: 'vault.key_refused', definite: true, ...more },
});
const disabled = failed({ settlesUntil: instantOf(hours(24)) });
const damaged: CredentialEvent = { type: 'CredentialIntegrityFailed', v: 1, data: { ...identity, field: 'api_secret' } };
const deleting: CredentialEvent = {
  type: 'CredentialDeleted',
  v: 1,
  data: { ...identity, deletedAt: instantOf(t0), readableUntil: instantOf(seconds(120)) },
};
const destroyed = (at: number): CredentialEvent => ({
  type: 'CredentialSecretDestroyed',
  v: 1,
  data: { ...identity, destroyedAt: instantOf(at) },
});

const reported: VerificationResult = { outcome: 'reported', permissions, ...report };
const complete = (result: VerificationResult, more: { atMs?: number; signedStrings?: number; verificationId?: string } = {}) =>
  ({ type: 'CompleteVerification', data: { verificationId, result, signedStrings: 1, atMs: seconds(1), ...more } }) as const;
const save = { type: 'SaveCredential', data: { ...identity, maskedKey: '9dUV...VKMh', keyType: 'hmac' } } as const;
const begin = { type: 'BeginVerification', data: { verificationId, atMs: t0 } } as const;
const erase = { type: 'DeleteCredential', data: { atMs: t0 } } as const;

describe('the type of a key', () => {
  const digest = 'd'.repeat(64);
  const of = (keyType: KeyType, more: { publicKeyDigest?: string } = {}): CredentialEvent => ({
    ...saved,
    data: { ...saved.data, ...(keyType === 'hmac' ? {} : { keyType }), ...more },
  });
  const stateAfter = (...events: CredentialEvent[]) => replay(credentialDecider, events);

  it('is recorded with it, and not written down where it is HMAC', () => {
    for (const keyType of ['hmac', 'ed25519', 'rsa'] as const)
      credential
        .given()
        .when({ ...save, data: { ...save.data, keyType } })
        .then(of(keyType));
    const born = { ...save.data, keyType: 'ed25519', publicKeyDigest: digest } as const;
    credential
      .given()
      .when({ ...save, data: born })
      .then(of('ed25519', { publicKeyDigest: digest }));
  });

  it('stays with the key through all its states, and goes with the next key', () => {
    const made = of('ed25519', { publicKeyDigest: digest });
    for (const later of [
      [],
      [started],
      [started, verified],
      [started, verified, started, disabled],
      [started, verified, deleting],
    ]) {
      expect(stateAfter(made, ...later)).toMatchObject({ keyType: 'ed25519', publicKeyDigest: digest });
      expect(keyTypeOf(stateAfter(made, ...later))).toBe('ed25519');
    }
    expect(keyTypeOf(stateAfter(made, started, verified, saved))).toBe('hmac');
    expect(stateAfter(made, saved)).not.toHaveProperty('publicKeyDigest');
  });

  it('is shown in the status, unless it is HMAC', () => {
    expect(statusOf(stateAfter(of('rsa'), started, verified), 0)).toMatchObject({ keyType: 'rsa', verified: true });
    expect(statusOf(stateAfter(saved), 0)).not.toHaveProperty('keyType');
  });

  it('decides whether a stream may be opened: in the states in which look-ups are signed, and never with Ed25519', () => {
    const states: readonly (readonly CredentialEvent[])[] = [
      [],
      [started],
      [started, verified],
      [started, verified, started, disabled],
      [started, verified, deleting],
      [started, verified, deleting, destroyed(seconds(120))],
      [damaged],
    ];
    for (const keyType of ['hmac', 'rsa'] as const) {
      for (const later of states) {
        for (const atMs of [t0, seconds(119), seconds(121), hours(25)]) {
          const state = stateAfter(of(keyType), ...later);
          expect(refusalToSign(state, 'stream', atMs)).toBe(refusalToSign(state, 'read', atMs));
        }
      }
    }
    for (const later of states.slice(0, 5))
      expect(refusalToSign(stateAfter(of('ed25519'), ...later), 'stream', t0)).toBe('vault.stream_not_signed');
  });
});

describe('saving a key', () => {
  it('starts it unverified, and says whether another stood there', () => {
    credential.given().when(save).then(saved);
    const replaced: CredentialEvent = { ...saved, data: { ...saved.data, replaced: true } };
    credential.given(saved, started, verified).when(save).then(replaced);
    credential.given(saved, started, verified, deleting).when(save).then(replaced);
    credential.given(saved, damaged).when(save).then(replaced);
    credential
      .given(saved, started, verified, deleting, destroyed(seconds(120)))
      .when(save)
      .then(saved);
  });

  it('forgets what was verified of the one before', () => {
    credential.given(saved, started, saved).when(complete(reported)).thenFails('vault.verification_not_open');
    expect(replay(credentialDecider, [saved, started, verified, saved]).status).toBe('unverified');
  });
});

describe('verification', () => {
  it.each(['binance', 'bybit'] as const)('begins at %s', (exchange) => {
    const of = { ...account, exchange };
    const data = { ...of, credentialId: credentialIdOf(of), maskedKey: '9dUV...VKMh', replaced: false };
    const window = { startedAt: instantOf(t0), expiresAt: instantOf(seconds(30)) };
    credential
      .given({ type: 'CredentialSaved', v: 1, data })
      .when(begin)
      .then({
        type: 'CredentialVerificationStarted',
        v: 1,
        data: { ...of, credentialId: data.credentialId, verificationId, ...window },
      });
  });

  it('begins for every key that is there, for 30 seconds', () => {
    credential.given(saved).when(begin).then(started);
    credential.given(saved, started, disabled).when(begin).then(started);
    credential.given().when(begin).thenFails('vault.credential_not_found');
    credential.given(saved, started, verified, deleting).when(begin).thenFails('vault.credential_not_found');
    credential.given(saved, damaged).when(begin).thenFails('vault.integrity_failed');
  });

  it('verifies a key that may read and trade and nothing more', () => {
    credential.given(saved, started).when(complete(reported)).then(verified);
  });

  it('takes each of several answers once, and none of a verification that it does not know', () => {
    credential.given(saved, started, startedAs(otherVerification)).when(complete(reported)).then(verified);
    credential.given(saved, started, verified).when(complete(reported)).thenFails('vault.verification_not_open');
    credential.given(saved).when(complete(reported)).thenFails('vault.verification_not_open');
    credential
      .given(saved, started)
      .when(complete(reported, { verificationId: otherVerification }))
      .thenFails('vault.verification_not_open');
  });

  it('takes no answer after its 30 seconds, and none that no signature stands behind', () => {
    credential
      .given(saved, started)
      .when(complete(reported, { atMs: seconds(30) }))
      .then({
        ...verified,
        data: { ...verified.data, verifiedAt: instantOf(seconds(30)) },
      });
    credential
      .given(saved, started)
      .when(complete(reported, { atMs: seconds(30) + 1 }))
      .thenFails('vault.verification_not_open');
    credential
      .given(saved, started)
      .when(complete(reported, { signedStrings: 0 }))
      .thenFails('vault.verification_unsigned');
  });

  it('disables a key that the venue refused; one that traded may settle for 24 hours', () => {
    const refused: VerificationResult = {
      outcome: 'refused',
      code: 'binance.-2015',
      message: 'Invalid API-key, IP, or permissions',
    };
    credential.given(saved, started).when(complete(refused)).then(failed());
    credential
      .given(
        saved,
        startedAs(otherVerification),
        { ...verified, data: { ...verified.data, verificationId: otherVerification } },
        started,
      )
      .when(complete(refused))
      .then(failed({ settlesUntil: instantOf(seconds(1) + 24 * 3_600_000) }));
    credential
      .given(saved, started, disabled, started)
      .when(complete(refused))
      .then(failed({ settlesUntil: instantOf(hours(24)) }));
  });

  it('leaves a verified key alone when nothing was learned', () => {
    const unavailable: VerificationResult = { outcome: 'unavailable', code: 'timeout', message: 'no answer' };
    const transient = failed({ code: 'vault.venue_unavailable', definite: false });
    credential
      .given(saved, started, verified, started)
      .when(complete(unavailable, { signedStrings: 0 }))
      .then(transient);
    expect(replay(credentialDecider, [saved, started, verified, started, transient])).toMatchObject({
      status: 'verified',
      lastFailure: 'vault.venue_unavailable',
    });
  });

  it('brings a disabled key back', () => {
    credential.given(saved, started, disabled, started).when(complete(reported)).then(verified);
  });
});

describe('facts that a restored database got back behind newer ones', () => {
  const before = [saved, started] as const;
  const stateAfter = (...events: CredentialEvent[]) => replay(credentialDecider, events);

  it.each([
    ['verified', verified],
    ['refused', disabled],
    ['not learned', failed({ definite: false })],
  ])('an answer about the key before (%s) leaves the one that was saved since as it is', (_what, lost) => {
    expect(stateAfter(...before, saved, lost)).toEqual(stateAfter(...before, saved));
    const asked = [...before, saved, startedAs(otherVerification)];
    expect(stateAfter(...asked, lost)).toEqual(stateAfter(...asked));
    expect(stateAfter(...before, damaged, lost)).toEqual(stateAfter(...before, damaged));
  });

  it.each([
    ['verified', verified],
    ['refused', disabled],
    ['damaged', damaged],
    ['asked about', started],
  ])('a key that was deleted meanwhile stays deleted, and due (%s)', (_what, lost) => {
    expect(stateAfter(...before, deleting, lost)).toEqual(stateAfter(...before, deleting));
    expect(stateAfter(...before, deleting, destroyed(t0), lost)).toMatchObject({ status: 'deleted' });
  });
});

describe('deleting a key', () => {
  it('leaves one that may have traded readable for 120 seconds', () => {
    credential.given(saved, started, verified).when(erase).then(deleting);
    credential.given(saved, started, verified, started, disabled).when(erase).then(deleting);
  });

  it('destroys the secret of any other at once', () => {
    const deleted: CredentialEvent = { type: 'CredentialDeleted', v: 1, data: { ...identity, deletedAt: instantOf(t0) } };
    credential.given(saved).when(erase).then(deleted, destroyed(t0));
    credential.given(saved, damaged).when(erase).then(deleted, destroyed(t0));
    credential.given(saved, started, failed()).when(erase).then(deleted, destroyed(t0));
  });

  it('is safe to send twice, and finds nothing where nothing is', () => {
    credential.given(saved, started, verified, deleting).when(erase).thenNothing();
    credential.given().when(erase).thenFails('vault.credential_not_found');
    credential
      .given(saved, started, verified, deleting, destroyed(seconds(120)))
      .when(erase)
      .thenFails('vault.credential_not_found');
  });

  it('destroys the secret when its time is over, not before, and once', () => {
    const destroy = (atMs: number) => ({ type: 'DestroySecret', data: { atMs } }) as const;
    credential
      .given(saved, started, verified, deleting)
      .when(destroy(seconds(119)))
      .thenNothing();
    credential
      .given(saved, started, verified, deleting)
      .when(destroy(seconds(120)))
      .then(destroyed(seconds(120)));
    credential
      .given(saved, started, verified, deleting, destroyed(seconds(120)))
      .when(destroy(seconds(121)))
      .thenNothing();
    credential
      .given(saved, started, verified, deleting, saved)
      .when(destroy(seconds(121)))
      .thenNothing();
  });
});

describe('a damaged row', () => {
  const record = { type: 'RecordIntegrityFailure', data: { field: 'api_secret', atMs: seconds(5) } } as const;

  it('is recorded once', () => {
    credential.given(saved, started, verified).when(record).then(damaged);
    credential.given(saved, started, verified, damaged).when(record).thenNothing();
    credential.given().when(record).thenNothing();
  });

  it('goes at once when it was on its way out', () => {
    credential
      .given(saved, started, verified, deleting)
      .when(record)
      .then(damaged, destroyed(seconds(5)));
  });
});

describe('what may be signed', () => {
  const purposes: readonly SignPurpose[] = ['verify', 'open', 'close', 'read', 'cancel', 'configure'];
  const all = purposes;
  const allowed = (history: readonly CredentialEvent[], atMs = seconds(2)) =>
    purposes.filter((purpose) => refusalToSign(replay(credentialDecider, history), purpose, atMs) === undefined);

  it.each<[string, readonly CredentialEvent[], number, readonly SignPurpose[]]>([
    ['no key', [], seconds(2), []],
    ['unverified', [saved, started], seconds(2), ['verify']],
    ['verified', [saved, started, verified], seconds(2), all],
    ['disabled, within 24 h', [saved, started, verified, started, disabled], hours(23), ['verify', 'read', 'cancel']],
    ['disabled, after 24 h', [saved, started, verified, started, disabled], hours(24), ['verify']],
    ['disabled, never verified', [saved, started, failed()], seconds(2), ['verify']],
    ['damaged', [saved, started, verified, damaged], seconds(2), []],
    ['deleting, within 120 s', [saved, started, verified, deleting], seconds(119), ['read']],
    ['deleting, after 120 s', [saved, started, verified, deleting], seconds(120), []],
    ['deleted', [saved, started, verified, deleting, destroyed(seconds(120))], seconds(121), []],
  ])('%s', (_state, history, atMs, expected) => {
    expect(allowed(history, atMs)).toEqual(expected);
  });

  it('says why not', () => {
    expect(refusalToSign(replay(credentialDecider, [saved]), 'open', t0)).toBe('vault.credential_unverified');
    expect(refusalToSign(replay(credentialDecider, [saved, started, verified, deleting]), 'open', t0)).toBe(
      'vault.credential_deleted',
    );
  });
});

describe('a key as its owner sees it', () => {
  it('shows the mask, never more, and is gone once deleted', () => {
    expect(statusOf(replay(credentialDecider, [saved, started, verified]), t0)).toEqual({
      exchange: 'binance',
      environment: 'live',
      credentialId: identity.credentialId,
      maskedKey: '9dUV...VKMh',
      enabled: true,
      verified: true,
      verifiedAt: instantOf(seconds(1)),
      permissions,
      report,
      nextVerificationAt: expect.any(String),
    });
    expect(statusOf(replay(credentialDecider, [saved, started, failed()]), t0)).toMatchObject({
      enabled: false,
      verified: false,
      reason: 'vault.key_refused',
    });
    expect(statusOf(replay(credentialDecider, [saved]), t0)).toMatchObject({ enabled: true, verified: false });
    expect(statusOf(replay(credentialDecider, [saved, started, verified, deleting]), t0)).toBeUndefined();
  });
});
