import { ownerOf, type RpcReplyFrame, type RpcSubject } from '@latchkey/contracts';
import type { Traceparent } from '@latchkey/kernel';
import { inSpan, markFailed, traceparentOf, type SpanOptions } from '@latchkey/tracing';
import { SpanKind } from '@opentelemetry/api';

const optionsOf = (subject: RpcSubject, kind: SpanKind): SpanOptions => ({
  kind,
  attributes: { 'rpc.system': 'nats', 'rpc.service': ownerOf(subject), 'rpc.method': subject.split('.').at(-1) ?? subject },
});

/**
 * A question under the running code's span, if it has one: a probe or a loop asks without.
 *
 * @param ask gets the traceparent to send along; `given` while no span is made
 */
export const asking = <T>(
  subject: RpcSubject,
  given: Traceparent | undefined,
  ask: (traceparent: Traceparent | undefined) => Promise<T>,
): Promise<T> => inSpan(subject, optionsOf(subject, SpanKind.CLIENT), (span) => ask(traceparentOf(span) ?? given));

/** The answering of a question that came with a traceparent. A refusal is an answer, and shows by its code. */
export const answering = (
  subject: RpcSubject,
  parent: Traceparent | undefined,
  answer: () => Promise<RpcReplyFrame>,
): Promise<RpcReplyFrame> =>
  inSpan(subject, { ...optionsOf(subject, SpanKind.SERVER), parent }, async (span) => {
    const frame = await answer();
    if (span && !frame.ok) markFailed(span, frame.error.code);
    return frame;
  });
