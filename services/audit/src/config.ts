import { baseConfig } from '@latchkey/service-kit';
import { z } from 'zod';

/** What the audit service reads from its environment: only what all services read. */
export const auditConfig = z.object({ ...baseConfig });
export type AuditConfig = z.output<typeof auditConfig>;
