import { InvariantError } from '@latchkey/kernel';
import { z } from 'zod';
import type { RpcDefinition } from './define.js';
import { auditRpcs } from './rpc/audit.js';
import { encryptionKeyRpcs } from './rpc/encryption-keys.js';
import { gatewayRpcs } from './rpc/gateway.js';
import { keyVaultRpcs } from './rpc/key-vault.js';
import { tradeExecutorRpcs } from './rpc/trade-executor.js';
import { serviceNames, type ServiceName } from './services.js';

/** Every command and query: subject → who may call it, whether it is signed, what goes in and comes out. The second token is the owner. */
export const rpcTable = {
  ...gatewayRpcs,
  ...keyVaultRpcs,
  ...encryptionKeyRpcs,
  ...tradeExecutorRpcs,
  ...auditRpcs,
} as const satisfies Readonly<Record<string, RpcDefinition>>;

type Table = typeof rpcTable;
export type RpcSubject = keyof Table;
export type RpcRequest<Subject extends RpcSubject> = z.output<Table[Subject]['request']>;
/** What a caller may write; the schema turns it into {@link RpcRequest}. */
export type RpcRequestInput<Subject extends RpcSubject> = z.input<Table[Subject]['request']>;
export type RpcReply<Subject extends RpcSubject> = z.output<Table[Subject]['reply']>;
/** What a handler may answer. */
export type RpcReplyInput<Subject extends RpcSubject> = z.input<Table[Subject]['reply']>;

/** A process's name in a subject: one token, unique to its start. */
const instanceToken = z.string().regex(/^[a-z0-9-]{1,64}$/);

/**
 * A row's subject as it travels: rows to one instance end in its name.
 *
 * @throws {InvariantError} there is no such name
 */
export const addressOf = (subject: RpcSubject, instance: string): string => {
  const row: RpcDefinition = rpcTable[subject];
  if (row.perInstance !== true) return subject;
  if (!instanceToken.safeParse(instance).success)
    throw new InvariantError(`"${subject}" goes to one instance of its owner; name it`);
  return `${subject}.${instance}`;
};

/** The same for permissions, which cannot know the names of processes to come: one token, whatever it is. */
export const patternOf = (subject: RpcSubject): string => {
  const row: RpcDefinition = rpcTable[subject];
  return row.perInstance === true ? `${subject}.*` : subject;
};

export const ownerOf = (subject: RpcSubject): ServiceName => {
  const owner = serviceNames.find((name) => subject.split('.')[1] === name);
  if (!owner) throw new InvariantError(`"${subject}" names no service`);
  return owner;
};

/** What travels back: an answer, or an expected refusal with its stable code. */
export const rpcReplyFrame = z.discriminatedUnion('ok', [
  z.strictObject({ ok: z.literal(true), value: z.unknown() }),
  z.strictObject({
    ok: z.literal(false),
    error: z.strictObject({ code: z.string(), message: z.string(), details: z.record(z.string(), z.unknown()).optional() }),
  }),
]);
export type RpcReplyFrame = z.infer<typeof rpcReplyFrame>;
