import { consumerTable, type ConsumerDefinition, type Envelope } from '@latchkey/contracts';
import { newId, type Traceparent } from '@latchkey/kernel';
import { recordTelemetry, type Recording } from '@latchkey/tracing/testing';
import { SpanKind, trace } from '@opentelemetry/api';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ReceivedEvent } from '../consumer/received-event.js';
import type { NumberedRow } from '../relay/log-reader.js';
import { processing, publishing, spanOf } from './event-spans.js';

const first = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' as Traceparent;
const second = '00-aaaabbbbccccddddaaaabbbbccccdddd-00f067aa0ba902b8-01' as Traceparent;
const unrecorded = '00-aaaabbbbccccddddaaaabbbbccccdddd-00f067aa0ba902b8-00' as Traceparent;
const definition = consumerTable[0] as ConsumerDefinition;
const subject = 'evt.gateway.signal.received.p07';

const row = (traceparent: Traceparent | null): NumberedRow =>
  ({ id: newId(), subject, traceparent, logseq: '7' }) as unknown as NumberedRow;
const event = (traceparent?: Traceparent): ReceivedEvent => ({
  envelope: { id: newId(), subject, traceparent } as unknown as Envelope,
  get event(): never {
    throw new TypeError('nobody reads it');
  },
});

let recording: Recording;
beforeAll(() => {
  recording = recordTelemetry();
});
afterEach(() => recording.reset());
afterAll(() => recording.stop());

describe('events that are published together', () => {
  it('have a span each, in the trace that each came from', async () => {
    await publishing('gateway', [row(first), row(second), row(unrecorded), row(null)], async () => undefined);
    expect(recording.spans().map((span) => [span.name, span.kind, span.spanContext().traceId])).toEqual([
      ['publish evt.gateway.signal.received', SpanKind.PRODUCER, '4bf92f3577b34da6a3ce929d0e0e4736'],
      ['publish evt.gateway.signal.received', SpanKind.PRODUCER, 'aaaabbbbccccddddaaaabbbbccccdddd'],
    ]);
    expect(recording.spans()[0]?.attributes).toMatchObject({ 'messaging.destination.partition.id': 'p07' });
  });

  it('fail together', async () => {
    const failing = publishing('gateway', [row(first), row(second)], () => Promise.reject(new TypeError('no broker')));
    await expect(failing).rejects.toThrow('no broker');
    expect(recording.spans().map(({ attributes }) => attributes['error.type'])).toEqual(['TypeError', 'TypeError']);
  });
});

describe('events that are handled', () => {
  it('alone have their handler inside their span', async () => {
    const only = event(first);
    await processing(definition, [only], async () => {
      expect(trace.getActiveSpan()).toBe(spanOf(only));
      spanOf(only)?.setAttribute('latchkey.audit.seq', 3);
    });
    expect(recording.spans()).toMatchObject([
      { kind: SpanKind.CONSUMER, attributes: { 'latchkey.audit.seq': 3, 'messaging.consumer.group.name': definition.durable } },
    ]);
  });

  it('together have a span each, and what they share is in none of them', async () => {
    const events = [event(first), event(second), event()];
    await processing(definition, events, async () => expect(trace.getActiveSpan()).toBeUndefined());
    expect(recording.spans().map((span) => span.parentSpanContext?.spanId)).toEqual(['00f067aa0ba902b7', '00f067aa0ba902b8']);
    expect(spanOf(events[2] as ReceivedEvent)).toBeUndefined();
  });
});
