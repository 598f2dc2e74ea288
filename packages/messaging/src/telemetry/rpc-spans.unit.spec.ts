import type { Traceparent } from '@latchkey/kernel';
import { activeTraceparent, inSpan } from '@latchkey/tracing';
import { recordTelemetry, type Recording } from '@latchkey/tracing/testing';
import { SpanKind } from '@opentelemetry/api';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { answering, asking } from './rpc-spans.js';

const remote = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' as Traceparent;
const subject = 'qry.key-vault.credentials';
let recording: Recording;
beforeAll(() => {
  recording = recordTelemetry();
});
afterEach(() => recording.reset());
afterAll(() => recording.stop());

describe('a question', () => {
  it('sends its own span along, below which it is answered', async () => {
    await inSpan('request', { parent: remote }, () =>
      asking(subject, remote, (traceparent) => answering(subject, traceparent, async () => ({ ok: true, value: 1 }))),
    );
    const [server, client] = recording.spans();
    expect(client).toMatchObject({ name: subject, kind: SpanKind.CLIENT });
    expect(server).toMatchObject({
      name: subject,
      kind: SpanKind.SERVER,
      parentSpanContext: { spanId: client?.spanContext().spanId },
    });
  });

  it('of a probe or a loop has no span, and sends what it was given', async () => {
    expect(await asking(subject, undefined, async (traceparent) => traceparent)).toBeUndefined();
    expect(await asking(subject, remote, async (traceparent) => traceparent)).toBe(remote);
    await answering(subject, undefined, async () => ({ ok: true, value: activeTraceparent() }));
    expect(recording.spans()).toEqual([]);
  });

  it('that is refused shows by the code alone', async () => {
    const error = { code: 'vault.credential_not_found', message: 'of user mallory' };
    await answering(subject, remote, async () => ({ ok: false, error }));
    const [span] = recording.spans();
    expect(span).toMatchObject({ attributes: { 'error.type': error.code }, status: { code: 2 } });
    expect(span?.status.message).toBeUndefined();
  });
});
