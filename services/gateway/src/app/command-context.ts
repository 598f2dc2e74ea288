import type { CommandContext } from '@latchkey/contracts';
import type { Traceparent } from '@latchkey/kernel';
import { randomUUID } from 'node:crypto';
import type { Caller } from './caller.js';
import type { Origins, RequestSource } from './ports.js';

/** One request of a user: who, from where, in which trace. */
export type UserRequest = { readonly caller: Caller; readonly source: RequestSource; readonly traceparent: Traceparent };

/** What travels with a command and ends in the record: the address itself stays here, only a commitment to it goes along. */
export const commandContextOf =
  (origins: Pick<Origins, 'record'>) =>
  async ({ caller, source, traceparent }: UserRequest): Promise<CommandContext> => {
    const actor = `user:${caller.userId}`;
    return { actor, correlationId: randomUUID(), traceparent, origin: await origins.record(actor, source) };
  };
