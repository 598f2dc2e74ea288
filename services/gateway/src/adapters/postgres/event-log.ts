import type { CommandContext } from '@latchkey/contracts';
import { createEventStore, type EventMetadata, type EventStore } from '@latchkey/event-store';
import type { ServiceEvent } from '@latchkey/contracts';
import type { Clock } from '@latchkey/kernel';

export type GatewayEvent = ServiceEvent<'gateway'>;
export type GatewayEventStore = EventStore<GatewayEvent>;

export const createGatewayEventStore = (clock: Clock): GatewayEventStore => createEventStore({ service: 'gateway', clock });

export const streamOfStrategy = (strategyId: string): string => `strategy-${strategyId}`;
/** A strategy's signals in order of arrival: the stream's version is the signal's number. */
export const streamOfSignals = (strategyId: string): string => `signals-${strategyId}`;
/** A refused alert is an event of its own; nothing follows from it, so no two ever compete for a stream. */
export const streamOfAlert = (alertId: string): string => `alert-${alertId}`;

export const metadataOf = ({ actor, correlationId, causationId, traceparent, origin }: CommandContext): EventMetadata => ({
  actor,
  correlationId,
  causationId,
  traceparent,
  origin,
});
