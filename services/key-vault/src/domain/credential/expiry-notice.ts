import { expiryThresholdsDays, type EventData } from '@latchkey/contracts';
import type { Credential, ExpiryNotice } from './credential.js';

const dayMs = 86_400_000;
/** Venues that tell whole days only move a key's end to and fro by one: that is the same end. */
const sameEndMs = 2 * dayMs;

/** Whole days until then, never below zero. */
export const daysLeftOf = (expiresAt: string, nowMs: number): number =>
  Math.max(0, Math.floor((Date.parse(expiresAt) - nowMs) / dayMs));

type End = { readonly expiresAt: string; readonly endsAtMs: number; readonly noticed: ExpiryNotice | undefined };

const endOf = (credential: Credential): End | undefined => {
  if (credential.status !== 'verified' || credential.report?.expiresAt === undefined) return undefined;
  const { expiresAt } = credential.report;
  return { expiresAt, endsAtMs: Date.parse(expiresAt), noticed: credential.noticed };
};

/** Thresholds that this end of the key was not noticed for yet, the widest first. */
const remaining = ({ endsAtMs, noticed }: End) => {
  const same = noticed !== undefined && Math.abs(Date.parse(noticed.expiresAt) - endsAtMs) < sameEndMs;
  return expiryThresholdsDays.filter((threshold) => !same || threshold < noticed.thresholdDays);
};

/** When the owner of a verified key has to be told of its end next (ms); `undefined`: never, as far as is known. */
export const nextNoticeAt = (credential: Credential): number | undefined => {
  const end = endOf(credential);
  if (end === undefined) return undefined;
  const [widest] = remaining(end);
  return widest === undefined ? undefined : end.endsAtMs - widest * dayMs;
};

/** The notice that is due by then: of several thresholds that were passed meanwhile the closest one. */
export const dueNotice = (
  credential: Credential,
  atMs: number,
): Pick<EventData<'CredentialExpiryNoticed'>, 'expiresAt' | 'thresholdDays' | 'daysLeft'> | undefined => {
  const end = endOf(credential);
  if (end === undefined) return undefined;
  const thresholdDays = remaining(end).findLast((threshold) => end.endsAtMs - threshold * dayMs <= atMs);
  if (thresholdDays === undefined) return undefined;
  return { expiresAt: end.expiresAt, thresholdDays, daysLeft: daysLeftOf(end.expiresAt, atMs) };
};
