import { publishingServices, type Envelope } from '@latchkey/contracts';
import type { Verification } from '@latchkey/audit-record';
import type { StackDescription } from '@latchkey/local-stack';
import { compareWithRecord, fingerprint, type Completeness } from './completeness.js';
import { verifyRecord } from './read-record.js';

export type Verdict = {
  readonly verification: Verification;
  readonly compared: readonly Completeness[];
  readonly problems: readonly string[];
};

const problemsOf = ({ service, missing, different }: Completeness): readonly string[] => [
  ...missing.map((name) => `${service}: ${name} is in the service's log and not on the record`),
  ...different.map((name) => `${service}: ${name} is on the record with another content`),
];

/** Reads the whole record; with `complete`, also holds every service's log against it. */
export const verifyAll = async ({ auditor }: StackDescription['postgres'], complete: boolean): Promise<Verdict> => {
  const recorded = new Map<string, Map<string, string>>(publishingServices.map((name) => [name, new Map()]));
  const asOf = Date.now();
  const verification = await verifyRecord(auditor.audit, (entry) => {
    if (!complete) return;
    const { event } = JSON.parse(entry.payload) as { event: Envelope };
    recorded.get(entry.service)?.set(entry.eventId, fingerprint(event));
  });
  const compared = complete
    ? await Promise.all(
        publishingServices.map((name) => compareWithRecord(name, auditor[name], asOf, recorded.get(name) ?? new Map())),
      )
    : [];
  const problems = [...(verification.tampering ? [verification.tampering.message] : []), ...compared.flatMap(problemsOf)];
  return { verification, compared, problems };
};
