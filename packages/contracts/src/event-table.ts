import type { z } from 'zod';
import type { EventDefinition } from './define.js';
import { gatewayEvents } from './events/gateway.js';
import { keyVaultEvents } from './events/key-vault.js';
import { tradeExecutorEvents } from './events/trade-executor.js';
import { partitionOf, partitionToken } from './partitions.js';
import type { PublishingService } from './services.js';

/** Every event there is: its owner, subject, version and shape. Subjects, permissions, AsyncAPI and the golden spec follow from it. */
export const eventTable = { ...gatewayEvents, ...keyVaultEvents, ...tradeExecutorEvents } as const;

type Table = typeof eventTable;
export type EventType = keyof Table;
export type EventData<Type extends EventType> = z.output<Table[Type]['data']>;
/** An event as deciders make and read it. */
export type EventOf<Type extends EventType> = {
  [T in Type]: { readonly type: T; readonly v: Table[T]['v']; readonly data: EventData<T> };
}[Type];
export type EventTypeOf<Owner extends PublishingService> = {
  [T in EventType]: Table[T]['owner'] extends Owner ? T : never;
}[EventType];
/** Every event that one service appends. */
export type ServiceEvent<Owner extends PublishingService> = EventOf<EventTypeOf<Owner>>;
/** Any event at all. */
export type AnyEvent = EventOf<EventType>;

export const isEventType = (type: string): type is EventType => Object.hasOwn(eventTable, type);

/** The NATS subject of an event: `evt.<owner>.<aggregate>.<event>`, with `.pNN` where the table says so. */
export const subjectOf = (definition: EventDefinition, data: unknown): string => {
  const base = `evt.${definition.owner}.${definition.subject}`;
  if (definition.partitionBy === undefined) return base;
  const key = (data as Readonly<Record<string, unknown>>)[definition.partitionBy];
  return `${base}.${partitionToken(partitionOf(String(key)))}`;
};
