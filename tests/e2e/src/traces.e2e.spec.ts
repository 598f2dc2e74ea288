import { readFileSync } from 'node:fs';
import { eventually } from '@latchkey/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { holds } from './support/canary.js';
import { issueTokens } from './support/issue-tokens.js';
import { startOtlpReceiver, type OtlpReceiver, type ReceivedSpan } from './support/otlp-receiver.js';
import {
  book,
  follow,
  http,
  newAlert,
  post,
  settledSignal,
  strategyOf,
  trader,
  traders,
  type Strategy,
  type User,
} from './support/people.js';
import { freePort, startStack, type Stack } from './support/stack.js';

const followers = 10;
const services = ['latchkey-audit', 'latchkey-gateway', 'latchkey-key-vault', 'latchkey-trade-executor'];
const foreignTrace = 'c0ffee00c0ffee00c0ffee00c0ffee00';

const orphansOf = (spans: readonly ReceivedSpan[]): readonly ReceivedSpan[] => {
  const known = new Set(spans.map(({ spanId }) => spanId));
  return spans.filter(({ parentSpanId }) => parentSpanId !== undefined && !known.has(parentSpanId));
};
const named = (spans: readonly ReceivedSpan[], name: RegExp, service?: string) =>
  spans.filter((span) => name.test(span.name) && (service === undefined || span.service === service));

describe('one alert with ten followers', () => {
  let receiver: OtlpReceiver;
  let stack: Stack;
  let users: readonly User[];
  let strategy: Strategy;
  let traceId: string;
  let trace: readonly ReceivedSpan[];

  beforeAll(async () => {
    receiver = await startOtlpReceiver();
    stack = await startStack(receiver.environment);
    const tokenOf = issueTokens(stack);
    const owner = await trader(stack, 'owner', await tokenOf('owner'));
    strategy = await strategyOf(owner);
    users = await traders(stack, followers, 'follower', tokenOf);
    for (const user of users) await follow(user, strategy);

    const { gateway } = stack.description();
    const taken = await http(`${gateway.url}${new URL(strategy.webhookUrl).pathname}?from=${foreignTrace}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        traceparent: `00-${foreignTrace}-00f067aa0ba902b7-01`,
        tracestate: 'vendor=x',
      },
      body: JSON.stringify(newAlert()),
    });
    expect(taken.status).toBe(202);
    const signalId = String(taken.body['signalId']);
    expect(await settledSignal(owner, signalId, followers)).toMatchObject({ filled: followers });

    const [user] = users as [User];
    const { body: signal } = await user.api('GET', `/api/signals/${signalId}`);
    const [trade] = signal['personalTrades'] as { id: string }[];
    traceId = String((await user.api('GET', `/api/trades/${trade?.id}`)).body['traceId']);
    trace = await eventually(
      () => {
        const spans = receiver.spans().filter((span) => span.traceId === traceId);
        const [published, recorded] = [named(spans, /^publish /), named(spans, /^process /, 'latchkey-audit')];
        // One from the gateway, one of the fan-out, and of each trade its request, attempt, acceptance and fill; the vault's batches come on top.
        if (published.length <= 2 + 4 * followers || recorded.length < published.length || orphansOf(spans).length > 0)
          throw new TypeError(`${spans.length} spans, ${published.length} published, ${recorded.length} recorded`);
        return spans;
      },
      { timeoutMs: 30_000 },
    );
  });
  afterAll(async () => {
    await stack?.dispose();
    await receiver?.close();
  });

  it('is one trace through all four services, and every parent is there', () => {
    expect([...new Set(trace.map(({ service }) => service))].toSorted()).toEqual(services);
    expect(orphansOf(trace)).toEqual([]);
    expect(trace.filter(({ parentSpanId }) => parentSpanId === undefined)).toMatchObject([
      { service: 'latchkey-gateway', kind: 'server', name: 'POST /api/webhooks/tradingview/:token' },
    ]);
  });

  it('holds a trade, a sizing, an attempt, a signature and an exchange call for each follower', async () => {
    const ten = { length: followers };
    const executor = 'latchkey-trade-executor';
    expect(named(trace, /^process evt\.gateway\.signal\.received$/, executor)).toHaveLength(1);
    for (const name of [/^trade$/, /^sizing$/, /^attempt$/, /^vault sign$/])
      expect(named(trace, name, executor)).toMatchObject(ten);
    expect(named(trace, /^sign$/, 'latchkey-key-vault')).toMatchObject(ten);
    const calls = named(trace, /^exchange /, executor);
    expect(calls).toMatchObject(ten);
    for (const { name, kind, attributes } of calls) {
      expect({ name, kind }).toEqual({ name: 'exchange binance spot order.create', kind: 'client' });
      expect(attributes).toMatchObject({
        'http.response.status_code': 200,
        'latchkey.outcome': 'placed',
        'latchkey.venue': 'binance',
      });
    }
    expect(await book(stack)).toMatchObject(ten);
  });

  it('holds the entry of the record that each of its events became', () => {
    const published = named(trace, /^publish /);
    const recorded = named(trace, /^process /, 'latchkey-audit');
    const idsOf = (spans: readonly ReceivedSpan[]) => new Set(spans.map(({ attributes }) => attributes['messaging.message.id']));
    expect(idsOf(recorded)).toEqual(idsOf(published));
    expect(new Set(recorded.map(({ attributes }) => attributes['latchkey.audit.seq'])).size).toBe(published.length);
  });

  it('is a trace of our own, whatever the sender called it', () => {
    expect(receiver.spans().some((span) => span.traceId === foreignTrace)).toBe(false);
    expect(holds(receiver.bytes(), foreignTrace)).toBe(false);
  });

  it('is not lost among traces of loops and probes: only requests begin one', async () => {
    const roots = receiver.spans().filter(({ parentSpanId }) => parentSpanId === undefined);
    expect(roots.length).toBeGreaterThan(followers);
    expect(roots.filter(({ kind, service }) => kind !== 'server' || service !== 'latchkey-gateway')).toEqual([]);
    expect(named(roots, /health/)).toEqual([]);
    // Whatever is still on its way arrives within the exporters' delay.
    await eventually(() => orphansOf(receiver.spans()).length === 0, { timeoutMs: 20_000 });
  });

  it('tells no secret, key, token or signature; a planted one is found', () => {
    const token = new URL(strategy.webhookUrl).pathname.split('/').at(-1) ?? '';
    const secrets = [token, ...users.flatMap(({ apiKey, apiSecret, token: jwt }) => [apiKey, apiSecret, jwt])];
    const bytes = receiver.bytes();
    expect(bytes.length).toBeGreaterThan(100_000);
    for (const secret of secrets) expect(holds(bytes, secret)).toBe(false);
    const text = bytes.toString();
    for (const word of ['signature=', 'newClientOrderId', '/api/webhooks/tradingview/' + token, 'X-MBX-APIKEY', 'Bearer '])
      expect(text).not.toContain(word);
    expect(holds(Buffer.concat([bytes, Buffer.from(`{"value":"${encodeURIComponent(token)}"}`)]), token)).toBe(true);
  });

  it('shows in the figures, by nothing that names a person', async () => {
    const expected = [
      'http.server.request.duration',
      'latchkey.audit.chain.height',
      'latchkey.consumer.lag',
      'latchkey.credential.verifications',
      'latchkey.dead_letters',
      'latchkey.orders',
      'latchkey.orders.unknown',
      'latchkey.relay.lag.duration',
      'latchkey.relay.lag.events',
      'latchkey.signal.order.duration',
      'latchkey.signatures',
      'latchkey.venue.pause',
      'latchkey.venue.request.duration',
      'latchkey.venue.weight.used',
      'latchkey.webhook.answers',
    ];
    await eventually(
      () => {
        const missing = expected.filter((name) => !receiver.metrics().some((metric) => metric.name === name));
        if (missing.length > 0) throw new TypeError(`not seen yet: ${missing.join(', ')}`);
      },
      { timeoutMs: 20_000 },
    );
    const values = receiver.metrics().flatMap(({ attributes }) => Object.values(attributes).map(String));
    expect(values.filter((value) => /follower-|owner|[0-9a-f]{8}-[0-9a-f]{4}-/.test(value))).toEqual([]);
  });
});

describe('a collector that is away', () => {
  it('disturbs nothing: orders are filled, and the stack ends well and in time', async () => {
    const stack = await startStack({
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${await freePort()}`,
      OTEL_BSP_SCHEDULE_DELAY: '200',
    });
    try {
      const user = await trader(stack, 'alone', await issueTokens(stack)('alone'));
      const strategy = await strategyOf(user);
      await follow(user, strategy);
      const { body } = await post(stack, strategy, newAlert());
      expect(await settledSignal(user, String(body['signalId']), 1)).toMatchObject({ filled: 1 });
      const logs = () => Object.values(stack.description().services).map(({ log }) => readFileSync(log, 'utf8'));
      await eventually(() => logs().some((log) => log.includes('telemetry is not taken')), { timeoutMs: 30_000 });
      const { log } = stack.description().services['gateway'] as { log: string };
      expect(await stack.stop()).toBe(0);
      expect(readFileSync(log, 'utf8')).toContain('"step":"telemetry"');
      expect(readFileSync(log, 'utf8')).not.toContain('did not stop well');
    } finally {
      await stack.dispose();
    }
  });
});
