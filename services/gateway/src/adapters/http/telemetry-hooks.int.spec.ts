import { activeTraceparent } from '@latchkey/tracing';
import { recordTelemetry, type Recording } from '@latchkey/tracing/testing';
import { SpanKind } from '@opentelemetry/api';
import { fastify, type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { useBodyParser } from './body-parser.js';
import { traceparentOf } from './request-facts.js';
import { useTelemetryHooks } from './telemetry-hooks.js';

const secret = 'CANARYCANARYCANARYCANARYCANARY';
const foreign = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

let recording: Recording;
let server: FastifyInstance;
let url: string;
beforeAll(async () => {
  recording = recordTelemetry();
  server = fastify({ return503OnClosing: false });
  useTelemetryHooks(server);
  useBodyParser(server);
  server.post('/api/webhooks/tradingview/:token', (request, reply) => {
    void reply.status(202).send({ inHandler: activeTraceparent(), ofRequest: traceparentOf(request) });
  });
  server.get('/health/ready', () => ({ ofRequest: activeTraceparent() ?? null }));
  server.get('/broken', () => Promise.reject(new TypeError(secret)));
  url = await server.listen({ port: 0, host: '127.0.0.1' });
});
beforeEach(() => recording.reset());
afterAll(async () => {
  await server.close();
  await recording.stop();
});

const spansOf = async (count: number) => {
  await expect.poll(() => recording.spans().length).toBe(count);
  return recording.spans();
};

describe('a request', () => {
  it('begins a trace under the template of its route, whatever its sender says, and its handler works in it', async () => {
    const answer = await fetch(`${url}/api/webhooks/tradingview/${secret}?signature=${secret}`, {
      method: 'POST',
      body: JSON.stringify({ secret: 'x'.repeat(50_000) }), // arrives in pieces, in the socket's own context
      headers: { traceparent: foreign, 'user-agent': secret, 'x-forwarded-for': '192.0.2.77' },
    });
    const { inHandler, ofRequest } = (await answer.json()) as Record<string, string>;
    const [span] = await spansOf(1);
    expect(span).toMatchObject({ name: 'POST /api/webhooks/tradingview/:token', kind: SpanKind.SERVER });
    expect(span?.parentSpanContext).toBeUndefined();
    expect(span?.attributes).toEqual({
      'http.request.method': 'POST',
      'http.route': '/api/webhooks/tradingview/:token',
      'http.response.status_code': 202,
    });
    expect(inHandler).toBe(ofRequest);
    expect(inHandler?.slice(3, 35)).toBe(span?.spanContext().traceId);
    expect(inHandler).not.toContain(foreign.slice(3, 35));
  });

  it('to nowhere is named by its method alone', async () => {
    await fetch(`${url}/api/${secret}`);
    expect((await spansOf(1))[0]).toMatchObject({ name: 'GET', attributes: { 'http.response.status_code': 404 } });
  });

  it('of a probe begins none', async () => {
    expect(await (await fetch(`${url}/health/ready`)).json()).toEqual({ ofRequest: null });
    await fetch(`${url}/broken`);
    const spans = await spansOf(1);
    expect(spans).toMatchObject([{ name: 'GET /broken', attributes: { 'error.type': '500' }, status: { code: 2 } }]);
    expect(JSON.stringify([spans[0]?.attributes, spans[0]?.status, spans[0]?.events])).not.toContain(secret);
  });

  it('is counted, webhooks by their status', async () => {
    await expect
      .poll(async () => (await recording.metrics()).filter(({ name }) => name === 'latchkey.webhook.answers'))
      .toEqual([
        { name: 'latchkey.webhook.answers', unit: '{answer}', value: 1, attributes: { 'http.response.status_code': 202 } },
      ]);
  });
});
