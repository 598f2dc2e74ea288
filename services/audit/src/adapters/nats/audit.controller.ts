import type { RpcReplyInput, RpcRequest } from '@latchkey/contracts';
import { Rpc } from '@latchkey/messaging';
import type { Health } from '@latchkey/service-kit';
import { Controller, Inject } from '@nestjs/common';
import type { readDeadLetters } from '@latchkey/event-store';
import type { listEntries } from '../../app/list-entries.js';

export const LIST_ENTRIES = Symbol('list-entries');
export const HEALTH = Symbol('health');
export const DEAD_LETTERS = Symbol('dead-letters');

/** What the gateway asks of the record. */
@Controller()
export class AuditController {
  readonly #list: ReturnType<typeof listEntries>;
  readonly #health: Health;
  readonly #deadLetters: () => ReturnType<typeof readDeadLetters>;

  constructor(
    @Inject(LIST_ENTRIES) list: ReturnType<typeof listEntries>,
    @Inject(HEALTH) health: Health,
    @Inject(DEAD_LETTERS) deadLetters: () => ReturnType<typeof readDeadLetters>,
  ) {
    this.#list = list;
    this.#health = health;
    this.#deadLetters = deadLetters;
  }

  @Rpc('qry.audit.entries')
  entries(request: RpcRequest<'qry.audit.entries'>): Promise<RpcReplyInput<'qry.audit.entries'>> {
    return this.#list(request);
  }

  @Rpc('qry.audit.dead-letters')
  deadLetters(): Promise<RpcReplyInput<'qry.audit.dead-letters'>> {
    return this.#deadLetters();
  }

  @Rpc('qry.audit.health')
  async health(): Promise<RpcReplyInput<'qry.audit.health'>> {
    const { status, parts } = await this.#health.ready();
    return { status, parts: { ...parts } };
  }
}
