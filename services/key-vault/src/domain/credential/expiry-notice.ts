import { expiryThresholdsDays, type EventData, type KeyReport } from '@latchkey/contracts';
import type { Credential } from './credential.js';

const dayMs = 86_400_000;
/** Venues that tell whole days only move a key's end to and fro by one: that is the same end. */
const sameEndMs = 2 * dayMs;

export type ExpiryNotice = Pick<EventData<'CredentialExpiryNoticed'>, 'expiresAt' | 'thresholdDays'>;
type Ending = { readonly report?: KeyReport; readonly noticed?: ExpiryNotice };

/** Whole days until then, never below zero. */
export const daysLeftOf = (expiresAt: string, nowMs: number): number =>
  Math.max(0, Math.floor((Date.parse(expiresAt) - nowMs) / dayMs));

/** Thresholds that this end of the key was not noticed for yet, the widest first. */
const remaining = (endsAtMs: number, noticed: ExpiryNotice | undefined) => {
  const same = noticed !== undefined && Math.abs(Date.parse(noticed.expiresAt) - endsAtMs) < sameEndMs;
  return expiryThresholdsDays.filter((threshold) => !same || threshold < noticed.thresholdDays);
};

const endOf = (credential: Credential): { readonly expiresAt: string; readonly endsAtMs: number } | undefined => {
  if (credential.status !== 'verified') return undefined;
  const { report }: Ending = credential;
  return report?.expiresAt === undefined ? undefined : { expiresAt: report.expiresAt, endsAtMs: Date.parse(report.expiresAt) };
};

/** When the owner of a verified key has to be told of its end next (ms); `undefined`: never, as far as is known. */
export const nextNoticeAt = (credential: Credential): number | undefined => {
  const end = endOf(credential);
  if (end === undefined || credential.status !== 'verified') return undefined;
  const [widest] = remaining(end.endsAtMs, credential.noticed);
  return widest === undefined ? undefined : end.endsAtMs - widest * dayMs;
};

/** The notice that is due by then: of several thresholds that were passed meanwhile the closest one. */
export const dueNotice = (
  credential: Credential,
  atMs: number,
): Pick<EventData<'CredentialExpiryNoticed'>, 'expiresAt' | 'thresholdDays' | 'daysLeft'> | undefined => {
  const end = endOf(credential);
  if (end === undefined || credential.status !== 'verified') return undefined;
  const thresholdDays = remaining(end.endsAtMs, credential.noticed).findLast(
    (threshold) => end.endsAtMs - threshold * dayMs <= atMs,
  );
  if (thresholdDays === undefined) return undefined;
  return { expiresAt: end.expiresAt, thresholdDays, daysLeft: daysLeftOf(end.expiresAt, atMs) };
};
