import { SpanStatusCode } from '@opentelemetry/api';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { describe, expect, it } from 'vitest';
import { cleaned } from './span-exporter.js';

const secret = 'CANARYCANARYCANARY';

describe('a span that leaves the process', () => {
  const exporter = new InMemorySpanExporter();
  const results: boolean[] = [];
  const processor = new SimpleSpanProcessor({ exporter: cleaned(exporter, (taken) => results.push(taken)) });
  const provider = new TracerProvider({ spanProcessors: [processor] });

  it('keeps what is listed, and nothing that somebody else put on it', async () => {
    const span = provider.getTracer('spec').startSpan('pg.query:name');
    span.setAttributes({
      'latchkey.outcome': 'placed',
      'http.route': '/api/strategies/:id',
      'db.postgresql.plan': 'event-store-append',
      'url.path': `/api/webhooks/tradingview/${secret}`,
      'url.query': `signature=${secret}`,
      'client.address': '192.0.2.1',
      'db.query.text': `select '${secret}'`,
      'db.postgresql.values': [secret],
      'exception.message': secret,
    });
    span.addEvent('exception', { 'exception.message': secret });
    span.recordException(new TypeError(secret));
    span.addLink({ context: span.spanContext(), attributes: { note: secret } });
    span.setStatus({ code: SpanStatusCode.ERROR, message: `invalid input: "${secret}"` });
    span.end();
    await processor.forceFlush();

    const [sent] = exporter.getFinishedSpans();
    expect(sent?.attributes).toEqual({
      'latchkey.outcome': 'placed',
      'http.route': '/api/strategies/:id',
      'db.postgresql.plan': 'event-store-append',
    });
    expect(sent).toMatchObject({ name: 'pg.query:name', status: { code: SpanStatusCode.ERROR }, events: [] });
    expect(sent?.links).toHaveLength(1);
    expect(sent?.spanContext().spanId).toBe(span.spanContext().spanId);
    expect(JSON.stringify([sent?.attributes, sent?.status, sent?.events, sent?.links])).not.toContain(secret);
    expect(results).toEqual([true]);
  });
});
