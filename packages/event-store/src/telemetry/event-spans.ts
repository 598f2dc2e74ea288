import type { ConsumerDefinition, PublishingService } from '@latchkey/contracts';
import type { Traceparent } from '@latchkey/kernel';
import { endSpan, outsideOfTraces, startSpan, withinSpan } from '@latchkey/tracing';
import { SpanKind, type Attributes, type Span } from '@opentelemetry/api';
import type { ReceivedEvent } from '../consumer/received-event.js';
import type { NumberedRow } from '../relay/log-reader.js';

const partition = /\.(p\d\d)$/;

/** The messaging conventions' words for an event on its way; a subject without its partition is a name of low cardinality. */
const attributesOf = (subject: string, id: string, operation: { readonly name: string; readonly type: string }): Attributes => {
  const part = partition.exec(subject)?.[1];
  return {
    'messaging.system': 'nats',
    'messaging.operation.name': operation.name,
    'messaging.operation.type': operation.type,
    'messaging.destination.name': subject.replace(partition, ''),
    'messaging.message.id': id,
    ...(part !== undefined && { 'messaging.destination.partition.id': part }),
  };
};

/** A batch belongs to nobody; each of its events has a span of its own, in the trace that the event came from. */
export const publishing = async <T>(
  service: PublishingService,
  rows: readonly NumberedRow[],
  publish: () => Promise<T>,
): Promise<T> => {
  const spans = rows.map(({ subject, id, traceparent, logseq }) =>
    startSpan(`publish ${subject.replace(partition, '')}`, {
      kind: SpanKind.PRODUCER,
      parent: (traceparent ?? undefined) as Traceparent | undefined,
      attributes: {
        ...attributesOf(subject, id, { name: 'publish', type: 'send' }),
        'latchkey.service': service,
        'latchkey.event.logseq': Number(logseq),
      },
    }),
  );
  return ending(spans, publish);
};

const ending = async <T>(spans: readonly (Span | undefined)[], work: () => Promise<T>): Promise<T> => {
  let failure: unknown;
  try {
    return await work();
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    for (const span of spans) endSpan(span, failure);
  }
};

const spans = new WeakMap<ReceivedEvent, Span>();

/** The span under which an event is handled, for what its handler has to tell; undefined when the event's trace is not recorded. */
export const spanOf = (event: ReceivedEvent): Span | undefined => spans.get(event);

const processSpan = ({ durable }: ConsumerDefinition, event: ReceivedEvent): Span | undefined => {
  const { subject, id, traceparent } = event.envelope;
  const span = startSpan(`process ${subject.replace(partition, '')}`, {
    kind: SpanKind.CONSUMER,
    parent: traceparent,
    attributes: {
      ...attributesOf(subject, id, { name: 'process', type: 'process' }),
      'messaging.consumer.group.name': durable,
    },
  });
  if (span) spans.set(event, span);
  return span;
};

/**
 * Runs one delivery. The statements of an event that is handled alone show below its span; those of a batch are everybody's, and are not
 * shown.
 */
export const processing = async <T>(
  definition: ConsumerDefinition,
  events: readonly ReceivedEvent[],
  work: () => Promise<T>,
): Promise<T> => {
  const made = events.map((event) => processSpan(definition, event));
  const [only] = made;
  return ending(made, events.length === 1 ? () => withinSpan(only, work) : outsideOfTraces(work));
};
