import { readDeadLetters } from '@latchkey/event-store';
import type { Health } from '@latchkey/service-kit';
import { Module, type DynamicModule } from '@nestjs/common';
import type { Pool } from 'pg';
import { AuditController, DEAD_LETTERS, HEALTH, LIST_ENTRIES } from './adapters/nats/audit.controller.js';
import { readRecord } from './adapters/postgres/record.js';
import { listEntries } from './app/list-entries.js';

/** Joins the record in Postgres to what is asked over NATS. */
@Module({})
export class AuditModule {
  static with({ pool, health }: { readonly pool: Pool; readonly health: Health }): DynamicModule {
    return {
      module: AuditModule,
      controllers: [AuditController],
      providers: [
        { provide: LIST_ENTRIES, useValue: listEntries({ read: readRecord(pool) }) },
        { provide: HEALTH, useValue: health },
        { provide: DEAD_LETTERS, useValue: () => readDeadLetters(pool) },
      ],
    };
  }
}
