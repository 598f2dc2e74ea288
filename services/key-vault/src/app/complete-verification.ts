import {
  vaultErrors,
  type KeyReport,
  type RpcReply,
  type RpcRequest,
  type VaultErrorCode,
  type VerificationResult,
} from '@latchkey/contracts';
import { InvariantError, type Clock } from '@latchkey/kernel';
import type { CredentialEvent } from '../domain/credential/credential.js';
import { daysLeftOf } from '../domain/credential/expiry-notice.js';
import { warningOf } from '../domain/credential/verification-warnings.js';
import { VaultError } from '../domain/vault-error.js';
import type { ChangeCredential } from './change-credential.js';
import type { Verifications } from './ports.js';

type Verdict = RpcReply<'cmd.key-vault.complete-verification'>;

const maxMessageLength = 500;

/** Our remedy, and the venue's own words where it refused or did not answer. */
const messageOf = (code: string, result: VerificationResult): string => {
  const { remedy } = vaultErrors[code as VaultErrorCode];
  const said = result.outcome === 'reported' ? '' : ` (${result.code}: ${result.message})`;
  return `${remedy}${said}`.slice(0, maxMessageLength);
};

const toldOf = (report: KeyReport | undefined, nowMs: number): Pick<Verdict, 'report' | 'daysLeft'> => ({
  ...(report === undefined ? {} : { report }),
  ...(report?.expiresAt === undefined ? {} : { daysLeft: daysLeftOf(report.expiresAt, nowMs) }),
});

const verdictOf = ([event]: readonly CredentialEvent[], result: VerificationResult, nowMs: number): Verdict => {
  if (event?.type === 'CredentialVerified') {
    const { permissions, warnings: warningCodes, report } = event.data;
    const warnings = warningCodes.map((code) => warningOf(code, report, nowMs).message);
    const message = 'API key verified successfully';
    return { verified: true, message, permissions, warnings, warningCodes, ...toldOf(report, nowMs) };
  }
  if (event?.type === 'CredentialVerificationFailed') {
    const { code, permissions, report } = event.data;
    return {
      verified: false,
      code,
      message: messageOf(code, result),
      ...(permissions === undefined ? {} : { permissions }),
      warnings: [],
      ...toldOf(report, nowMs),
    };
  }
  throw new InvariantError('a completed verification is either verified or failed');
};

/** Takes the venue's answer and decides what follows from it; the executor only carries it. */
export const completeVerification =
  ({ change, verifications, clock }: { change: ChangeCredential; verifications: Pick<Verifications, 'find'>; clock: Clock }) =>
  async ({ verificationId, result, context }: RpcRequest<'cmd.key-vault.complete-verification'>): Promise<Verdict> => {
    const verification = await verifications.find(verificationId);
    if (!verification) throw new VaultError('vault.verification_not_open', { verificationId });
    const { credentialId, signedStrings } = verification;
    const atMs = clock.now();
    const data = { verificationId, result, signedStrings, atMs };
    const { events } = await change({ id: credentialId, command: { type: 'CompleteVerification', data }, context });
    return verdictOf(events, result, atMs);
  };
