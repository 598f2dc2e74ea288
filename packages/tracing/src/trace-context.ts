import { isTraceparent, type Traceparent } from '@latchkey/kernel';
import { context, isSpanContextValid, ROOT_CONTEXT, trace, TraceFlags, type Context, type Span } from '@opentelemetry/api';

/** True for a trace that is recorded somewhere: only then is a span below it worth making. */
export const isRecorded = (traceparent: Traceparent | undefined): traceparent is Traceparent =>
  traceparent !== undefined && (Number.parseInt(traceparent.slice(-2), 16) & TraceFlags.SAMPLED) !== 0;

/** The context in which spans become children of `traceparent`'s; of none when there is none. Nothing of the running code's own context is in it. */
export const contextOf = (traceparent: Traceparent | undefined): Context =>
  traceparent === undefined
    ? ROOT_CONTEXT
    : trace.setSpanContext(ROOT_CONTEXT, {
        traceId: traceparent.slice(3, 35),
        spanId: traceparent.slice(36, 52),
        traceFlags: Number.parseInt(traceparent.slice(-2), 16),
        isRemote: true,
      });

/** How others name this span as their parent; undefined while nobody collects spans. */
export const traceparentOf = (span: Span | undefined): Traceparent | undefined => {
  const of = span?.spanContext();
  if (of === undefined || !isSpanContextValid(of)) return undefined;
  const made = `00-${of.traceId}-${of.spanId}-${of.traceFlags.toString(16).padStart(2, '0')}`;
  return isTraceparent(made) ? made : undefined;
};

/** The running code's span, as a traceparent. */
export const activeTraceparent = (): Traceparent | undefined => traceparentOf(trace.getActiveSpan());

/**
 * Work that many share (a group's commit, a batch) belongs to nobody's trace: without this it would run in that of whoever came first, and
 * show its statements there.
 */
export const outsideOfTraces =
  <Args extends readonly unknown[], Result>(work: (...args: Args) => Result): ((...args: Args) => Result) =>
  (...args) =>
    context.with(ROOT_CONTEXT, () => work(...args));
