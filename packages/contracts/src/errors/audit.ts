/** Every code that audit refuses a query with: the HTTP status that the gateway answers with, and what the caller can do about it. */
export const auditErrors = {
  'audit.bad_cursor': { status: 400, remedy: 'The cursor is none of ours; leave it out to begin with the newest entry.' },
} as const satisfies Readonly<Record<string, { readonly status: number; readonly remedy: string }>>;

/** A stable code of audit. */
export type AuditErrorCode = keyof typeof auditErrors;
