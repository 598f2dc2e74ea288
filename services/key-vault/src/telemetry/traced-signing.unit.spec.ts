import type { SignItem } from '@latchkey/contracts';
import { newId, type Traceparent, type UserId } from '@latchkey/kernel';
import { recordTelemetry, type Recording } from '@latchkey/tracing/testing';
import { trace } from '@opentelemetry/api';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { tracedSigning } from './traced-signing.js';

const first = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' as Traceparent;
const second = '00-aaaabbbbccccddddaaaabbbbccccdddd-00f067aa0ba902b8-01' as Traceparent;
const secret = 'CANARY-SIGNATURE';

const item = (traceparent?: Traceparent): SignItem => ({
  purpose: 'open',
  userId: 'alice' as UserId,
  exchange: 'binance',
  environment: 'live',
  marketType: 'spot',
  payload: `symbol=BTCUSDT&${secret}`,
  ...(traceparent && { traceparent }),
});
const command = (items: SignItem[]) => ({ items, context: { actor: 'service:trade-executor', correlationId: newId() } }) as never;
const refused = { ok: false, code: 'vault.rate_limited', message: 'slower' } as const;

let recording: Recording;
beforeAll(() => {
  recording = recordTelemetry();
});
afterEach(() => recording.reset());
afterAll(() => recording.stop());

describe('strings that are signed together', () => {
  it('are answered in the trace of each, and counted', async () => {
    const sign = tracedSigning(async () => {
      expect(trace.getActiveSpan()).toBeUndefined(); // the batch is nobody's
      return { items: [{ ok: true, credentialId: newId(), apiKey: secret, signature: secret }, refused, refused] } as never;
    });
    await sign(command([item(first), item(second), item()]), 'trade-executor', newId());
    expect(recording.spans().map((span) => [span.spanContext().traceId.slice(0, 4), span.attributes['error.type']])).toEqual([
      ['4bf9', undefined],
      ['aaaa', 'vault.rate_limited'],
    ]);
    expect(JSON.stringify(recording.spans().map(({ name, attributes }) => ({ name, attributes })))).not.toContain(secret);
    const counted = (await recording.metrics()).filter(({ name }) => name === 'latchkey.signatures');
    expect(counted.map(({ value, attributes }) => [value, attributes])).toEqual([
      [1, { 'latchkey.sign.purpose': 'open', 'latchkey.venue': 'binance', 'latchkey.sign.result': 'signed' }],
      [2, { 'latchkey.sign.purpose': 'open', 'latchkey.venue': 'binance', 'latchkey.sign.result': 'vault.rate_limited' }],
    ]);
  });

  it('fail together by the kind of the failure', async () => {
    const sign = tracedSigning(() => Promise.reject(new TypeError(secret)));
    await expect(sign(command([item(first)]), 'trade-executor', newId())).rejects.toThrow(TypeError);
    expect(recording.spans()).toMatchObject([{ attributes: { 'error.type': 'TypeError' } }]);
  });
});
