import { isAppError, type Traceparent } from '@latchkey/kernel';
import { context, SpanStatusCode, trace, type Attributes, type Context, type Span, type SpanKind } from '@opentelemetry/api';
import { contextOf, isRecorded } from './trace-context.js';

/** The scope that all spans and metrics of ours are made under. */
export const scope = 'latchkey';

export type SpanOptions = {
  readonly kind?: SpanKind;
  /** Of low cardinality or opaque ids; never what a user typed, an address, or anything that was signed. */
  readonly attributes?: Attributes;
  /** Whose child it is, when that is not the running code's span: a traceparent that came with an event or a request. */
  readonly parent?: Traceparent | undefined;
};

const parentOf = (options: SpanOptions): Context | undefined => {
  if ('parent' in options) return isRecorded(options.parent) ? contextOf(options.parent) : undefined;
  const active = context.active();
  return trace.getSpan(active) === undefined ? undefined : active;
};

const startIn = (name: string, { kind, attributes }: SpanOptions, parent: Context): Span =>
  trace.getTracer(scope).startSpan(name, { ...(kind !== undefined && { kind }), ...(attributes && { attributes }) }, parent);

/** What went wrong, by its kind: messages may quote what was sent. */
const errorType = (error: unknown): string => {
  if (isAppError(error)) return error.code;
  return error instanceof Error ? error.name : typeof error;
};

/** Marks a span as failed, by the kind of the failure alone. */
export const markFailed = (span: Span, type: string): void => {
  span.setAttribute('error.type', type);
  span.setStatus({ code: SpanStatusCode.ERROR });
};

/**
 * A span that its caller ends, below a trace that somebody else began; nothing when there is none, or when it is not recorded.
 * Only the gateway begins traces: loops, timers and probes are no story that anybody would look up.
 */
export const startSpan = (name: string, options: SpanOptions): Span | undefined => {
  const parent = parentOf(options);
  return parent && startIn(name, options, parent);
};

/** Ends it, as failed when there is an error. */
export const endSpan = (span: Span | undefined, error?: unknown): void => {
  if (span && error !== undefined) markFailed(span, errorType(error));
  span?.end();
};

/** Runs `work` inside a span, as {@link startSpan} makes it. Without one `work` just runs. */
export const inSpan = async <T>(name: string, options: SpanOptions, work: (span: Span | undefined) => Promise<T>): Promise<T> => {
  const parent = parentOf(options);
  if (!parent) return work(undefined);
  const span = startIn(name, options, parent);
  try {
    const result = await context.with(trace.setSpan(parent, span), () => work(span));
    span.end();
    return result;
  } catch (error) {
    endSpan(span, error);
    throw error;
  }
};

/** Runs `work` so that its spans become children of a span that is kept elsewhere. */
export const withinSpan = <T>(span: Span | undefined, work: () => T): T =>
  span ? context.with(trace.setSpan(context.active(), span), work) : work();

/** Begins a trace; for the gateway's requests alone. While nobody collects spans it has no ids: `traceparentOf` says so by `undefined`. */
export const startTrace = (name: string, options: Omit<SpanOptions, 'parent'>): Span =>
  startIn(name, options, contextOf(undefined));
