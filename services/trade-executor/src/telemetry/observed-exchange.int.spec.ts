import { createServer, request, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Traceparent } from '@latchkey/kernel';
import { inSpan } from '@latchkey/tracing';
import { recordTelemetry, type Recording } from '@latchkey/tracing/testing';
import { propagation, trace } from '@opentelemetry/api';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  newOrder,
  simulatedVenue,
  type SimulatedVenue,
  type VenueAccount,
} from '../adapters/exchange/binance/testing/simulated-venue.js';
import type { Exchange } from '../app/ports/exchange.js';
import { observedExchanges } from './observed-exchange.js';

const parent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' as Traceparent;
const tracing = ['traceparent', 'tracestate', 'baggage', 'b3'];
let recording: Recording;
let proxy: Server;
let venue: SimulatedVenue;
let exchange: Exchange;
let account: VenueAccount;
const arrived: { readonly url: string; readonly headers: IncomingHttpHeaders }[] = [];

/** Stands before the simulator and notes what arrives. */
const recordingProxy = async (url: string): Promise<string> => {
  const to = new URL(url);
  proxy = createServer((incoming, outgoing) => {
    arrived.push({ url: incoming.url ?? '', headers: incoming.headers });
    const options = { host: to.hostname, port: to.port, method: incoming.method, path: incoming.url, headers: incoming.headers };
    const passedOn = request(options, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    passedOn.once('error', () => outgoing.destroy());
    incoming.pipe(passedOn);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
};

beforeAll(async () => {
  recording = recordTelemetry();
  // Whatever would pass a trace on would do so now.
  propagation.setGlobalPropagator({
    inject: (context, carrier, setter) => {
      const of = trace.getSpan(context)?.spanContext();
      if (of) for (const name of tracing) setter.set(carrier, name, `00-${of.traceId}-${of.spanId}-01`);
    },
    extract: (context) => context,
    fields: () => tracing,
  });
  venue = await simulatedVenue({ through: recordingProxy });
  account = await venue.openAccount();
  exchange = observedExchanges(() => venue.exchange)(venue.exchange) as Exchange;
});
afterEach(async () => {
  recording.reset();
  await venue.control('DELETE', '/faults');
});
afterAll(async () => {
  propagation.disable();
  await venue?.close();
  proxy?.closeAllConnections();
  proxy?.close();
  await recording?.stop();
});

const inTrace = <T>(work: () => Promise<T>): Promise<T> => inSpan('attempt', { parent }, work);

describe('a request to a venue', () => {
  it('is a span that begins when it may leave, and tells status, number and outcome', async () => {
    await inTrace(() => exchange.submit(newOrder(), venue.callBy(account)));
    const [call, attempt] = recording.spans();
    expect(call).toMatchObject({
      name: 'exchange binance spot order.create',
      parentSpanContext: { spanId: attempt?.spanContext().spanId },
      attributes: {
        'latchkey.venue': 'binance',
        'latchkey.environment': 'live',
        'latchkey.market': 'spot',
        'http.response.status_code': 200,
        'latchkey.outcome': 'placed',
      },
      status: { code: 0 },
    });
  });

  it('that is refused is a failed span with the venue’s number, and none of its words', async () => {
    await inTrace(() => exchange.submit({ ...newOrder(), symbol: 'NOSUCH' }, venue.callBy(account)));
    const [call] = recording.spans();
    expect(call).toMatchObject({
      attributes: { 'http.response.status_code': 400, 'latchkey.venue.code': -1121, 'latchkey.outcome': 'rejected' },
      status: { code: 2 },
    });
    expect(call?.status.message).toBeUndefined();
  });

  it('without an answer tells how the wire failed', async () => {
    await venue.fault('accept-then-drop');
    await inTrace(() => exchange.submit(newOrder(), venue.callBy(account)));
    const [call] = recording.spans();
    expect(call?.attributes).toMatchObject({ 'latchkey.outcome': 'unknown', 'latchkey.transport': expect.any(String) });
  });

  it('that nobody signed has no span: nothing left', async () => {
    await inTrace(() => exchange.submit(newOrder(), venue.callBy(account, { authorize: async () => undefined })));
    expect(recording.spans().map(({ name }) => name)).toEqual(['attempt']);
  });

  it('carries nothing of the trace, and its span nothing of the request', async () => {
    arrived.length = 0;
    const order = newOrder();
    await inTrace(async () => {
      await exchange.submit(order, venue.callBy(account));
      await exchange.lookup(order, venue.callBy(account));
      await exchange.verifyKey(venue.callBy(account));
      await exchange.price('BTCUSDT');
    });
    expect(arrived.filter(({ url }) => url.includes('signature=')).length).toBeGreaterThan(0);
    expect(arrived.flatMap(({ headers }) => Object.keys(headers)).filter((name) => tracing.includes(name))).toEqual([]);
    const text = JSON.stringify(
      recording.spans().map(({ name, attributes, status, events, links }) => ({ name, attributes, status, events, links })),
    );
    for (const kept of [account.apiKey, account.apiSecret, 'signature', order.clientOrderId, '/api/v3'])
      expect(text).not.toContain(kept);
  });

  it('counts in the venue’s figures', async () => {
    const figures = await recording.metrics();
    const of = (name: string) => figures.filter((figure) => figure.name === name);
    expect(of('latchkey.venue.request.duration').map(({ attributes }) => attributes)).toEqual(
      expect.arrayContaining([expect.objectContaining({ 'latchkey.operation': 'order.create', 'latchkey.outcome': 'placed' })]),
    );
    expect(of('latchkey.venue.weight.used')).toEqual([
      expect.objectContaining({ unit: '{weight}', attributes: expect.objectContaining({ 'latchkey.window': '1m' }) }),
    ]);
  });
});
