import { readFileSync } from 'node:fs';
import { EventStoreError } from './errors.js';

const file = (name: string) => readFileSync(new URL(`../sql/${name}.sql`, import.meta.url), 'utf8');

/**
 * The SQL of the grants and triggers on this package's tables, for a service's custom migration: the texts of `sql/*.sql` with the role filled in.
 *
 * @param role the service's database role, `databaseOf(service)`
 * @param parts `publisher` for services with a log of their own, `consumer` for services that read others'; leases come with either
 */
export const eventStoreGrants = (
  role: string,
  parts: readonly ('publisher' | 'consumer')[] = ['publisher', 'consumer'],
): string => {
  if (!/^[a-z][a-z0-9_]{0,62}$/.test(role)) {
    throw new EventStoreError('event_store.role_refused', `"${role}" is no role of a service: pass databaseOf(service)`, {
      role,
    });
  }
  return ['leases', ...parts].map((part) => file(part).replaceAll(':service', role)).join('--> statement-breakpoint\n');
};
