import type { CredentialStatus } from '@latchkey/contracts';
import { instantOf, keyTypeOf, type Credential } from './credential.js';
import { daysLeftOf } from './expiry-notice.js';
import { nextVerificationAt } from './verification-schedule.js';
import { warningOf } from './verification-warnings.js';

type Told = Pick<CredentialStatus, 'report' | 'warnings' | 'daysLeft' | 'nextVerificationAt'>;

/** What the venue told, and what follows from it by now. */
const toldOf = (credential: Credential, nowMs: number): Told => {
  const next = nextVerificationAt(credential);
  const report = 'report' in credential ? credential.report : undefined;
  const warnings = 'warnings' in credential ? (credential.warnings ?? []) : [];
  return {
    ...(report === undefined ? {} : { report }),
    ...(report?.expiresAt === undefined ? {} : { daysLeft: daysLeftOf(report.expiresAt, nowMs) }),
    ...(warnings.length === 0 ? {} : { warnings: warnings.map((code) => warningOf(code, report, nowMs)) }),
    ...(next === undefined ? {} : { nextVerificationAt: instantOf(next) }),
  };
};

/** A key as its owner may see it; `undefined` when there is none any more. An unverified key is not switched off, it just does nothing yet. */
export const statusOf = (credential: Credential, nowMs: number): CredentialStatus | undefined => {
  switch (credential.status) {
    case 'none':
    case 'deleting':
    case 'deleted':
      return undefined;
    default: {
      const { exchange, environment, credentialId, maskedKey, lastFailure } = credential;
      const keyType = keyTypeOf(credential);
      const enabled = credential.status === 'unverified' || credential.status === 'verified';
      return {
        exchange,
        environment,
        credentialId,
        maskedKey,
        ...(keyType === 'hmac' ? {} : { keyType }),
        enabled,
        verified: credential.status === 'verified',
        ...(credential.status === 'verified' ? { verifiedAt: credential.verifiedAt } : {}),
        ...('permissions' in credential && credential.permissions !== undefined ? { permissions: credential.permissions } : {}),
        ...(lastFailure === undefined ? {} : { reason: lastFailure }),
        ...toldOf(credential, nowMs),
      };
    }
  }
};
