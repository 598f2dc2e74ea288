import { sha256Hex } from '@latchkey/kernel';
import { msOf, type Credential } from './credential.js';

const minuteMs = 60_000;
/** About a day after a verification that succeeded. */
export const dailyMs = 24 * 60 * minuteMs;
const dailyJitter = 0.1;

/** After one that did not: longer each time. Never shorter than a verification may be open. */
const firstRetryMs = 2 * minuteMs;
export const longestRetryMs = 6 * 60 * minuteMs;
const retryJitter = 0.2;

/** By then the venue knows whether the key has ended. */
const afterExpiryMs = minuteMs;

/**
 * From -1 to 1, drawn from the key and the moment that counts: keys that were verified together spread out, and whoever reads the same
 * events (another process, a restored database) comes to the same time.
 */
const draw = (credentialId: string, since: string): number =>
  (Number.parseInt(sha256Hex(`${credentialId}/${since}`).slice(0, 8), 16) / 0xffff_ffff) * 2 - 1;

const retryMs = (attempts: number): number => Math.min(longestRetryMs, firstRetryMs * 2 ** (attempts - 1));

/** Begun and not answered, or answered without a result: tried again after a pause that grows. */
const retryAt = (credentialId: string, { attempts, lastStartedAt }: { attempts: number; lastStartedAt: string }): number =>
  msOf(lastStartedAt) + retryMs(attempts) * (1 + retryJitter * draw(credentialId, `${lastStartedAt}/${attempts}`));

/**
 * When the vault asks the venue again what a key may do (ms): daily for a key in use, sooner where the last question had no answer, and right
 * after the end that the venue named. `undefined`: a key that nobody has tried to verify yet, one that is switched off, or none at all.
 */
export const nextVerificationAt = (credential: Credential): number | undefined => {
  if (credential.status !== 'verified' && credential.status !== 'unverified') return undefined;
  const { credentialId, attempts = 0, lastStartedAt } = credential;
  if (attempts > 0 && lastStartedAt !== undefined) return Math.round(retryAt(credentialId, { attempts, lastStartedAt }));
  if (credential.status === 'unverified') return undefined;
  const { verifiedAt, report } = credential;
  const daily = msOf(verifiedAt) + dailyMs * (1 + dailyJitter * draw(credentialId, verifiedAt));
  const end = report?.expiresAt === undefined ? Number.POSITIVE_INFINITY : msOf(report.expiresAt) + afterExpiryMs;
  return Math.round(Math.min(daily, Math.max(end, msOf(verifiedAt) + firstRetryMs)));
};
