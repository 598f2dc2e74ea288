import { newTraceparent, traceIdOf, type Traceparent } from '@latchkey/kernel';
import { trace } from '@opentelemetry/api';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  activeTraceparent,
  endSpan,
  inSpan,
  isRecorded,
  meter,
  observeGauges,
  outsideOfTraces,
  startSpan,
  startTrace,
  traceparentOf,
  withinSpan,
} from './index.js';
import { recordTelemetry, type Recording } from './testing/index.js';

const remote = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' as Traceparent;
const unrecorded = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00' as Traceparent;

describe('while nobody collects spans', () => {
  it('work runs, and there is nothing to send along', async () => {
    expect(traceparentOf(startTrace('request', {}))).toBeUndefined();
    expect(await inSpan('step', { parent: remote }, async () => activeTraceparent() ?? 'none')).toBe('none');
  });

  it('a trace has an id all the same, and says that it is not recorded', () => {
    expect(isRecorded(newTraceparent())).toBe(false);
  });
});

describe('with a collector', () => {
  let recording: Recording;
  beforeAll(() => {
    recording = recordTelemetry();
  });
  afterEach(() => recording.reset());
  afterAll(() => recording.stop());

  it('a span joins the trace that an event came from, and so does what runs inside', async () => {
    const inner = await inSpan('outer', { parent: remote }, () => inSpan('inner', {}, async () => activeTraceparent()));
    const [second, first] = recording.spans();
    expect([first?.name, second?.name]).toEqual(['outer', 'inner']);
    expect(first?.parentSpanContext?.spanId).toBe('00f067aa0ba902b7');
    expect(second?.parentSpanContext?.spanId).toBe(first?.spanContext().spanId);
    expect(traceIdOf(inner as Traceparent)).toBe(traceIdOf(remote));
  });

  it('nothing begins a trace but a request', async () => {
    for (const parent of [undefined, unrecorded]) {
      await inSpan('poll', { parent }, async (span) => expect(span).toBeUndefined());
      expect(startSpan('poll', { parent })).toBeUndefined();
    }
    await inSpan('poll', {}, async () => undefined);
    expect(recording.spans()).toEqual([]);
    const span = startTrace('request', {});
    span.end();
    expect(recording.spans()).toHaveLength(1);
    expect(isRecorded(traceparentOf(span))).toBe(true);
  });

  it('work that is shared runs outside, even when one of those who share it starts it', async () => {
    const span = startSpan('one', { parent: remote });
    await withinSpan(span, async () => {
      expect(activeTraceparent()).toBe(traceparentOf(span));
      expect(await outsideOfTraces(async () => trace.getActiveSpan())()).toBeUndefined();
    });
    endSpan(span);
  });

  it('a failure shows by its kind, never by its words', async () => {
    const failing = inSpan('step', { parent: remote }, () => Promise.reject(new TypeError('the secret is hunter2')));
    await expect(failing).rejects.toThrow('hunter2');
    const [span] = recording.spans();
    expect(span).toMatchObject({ status: { code: 2 }, attributes: { 'error.type': 'TypeError' }, events: [] });
    expect(JSON.stringify([span?.status, span?.attributes])).not.toContain('hunter2');
  });

  it('gauges are read together, and keep their last figures when they cannot be read', async () => {
    let broken = false;
    const end = observeGauges({ 'latchkey.spec.gauge': { description: 'of a spec', unit: '{thing}' } }, async () => {
      if (broken) throw new TypeError('no database');
      return { 'latchkey.spec.gauge': [{ value: 7, attributes: { 'latchkey.of': 'x' } }] };
    });
    meter().createCounter('latchkey.spec.counter', { unit: '{thing}' }).add(2);
    expect(await recording.metrics()).toEqual(
      expect.arrayContaining([
        { name: 'latchkey.spec.gauge', unit: '{thing}', value: 7, attributes: { 'latchkey.of': 'x' } },
        { name: 'latchkey.spec.counter', unit: '{thing}', value: 2, attributes: {} },
      ]),
    );
    broken = true;
    expect(await recording.metrics()).toContainEqual(expect.objectContaining({ name: 'latchkey.spec.gauge', value: 7 }));
    end();
  });
});
