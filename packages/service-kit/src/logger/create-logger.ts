import { isSpanContextValid, trace } from '@opentelemetry/api';
import { pino, stdTimeFunctions, type ChildLoggerOptions, type DestinationStream, type Logger as PinoLogger } from 'pino';
import { redact } from './redact.js';

/** pino's logger: `log.info({ fields }, 'message')`. */
export type Logger = PinoLogger;

export type LoggerOptions = {
  readonly service: string;
  readonly level: string;
  /** Standard output unless given. */
  readonly destination?: DestinationStream;
};

/** By these a log line is found from a trace, and a trace from a log line. */
const traceFields = (): object => {
  const of = trace.getActiveSpan()?.spanContext();
  return of !== undefined && isSpanContextValid(of) ? { trace_id: of.traceId, span_id: of.spanId } : {};
};

const redactFields = (fields: object): Record<string, unknown> => redact(fields) as Record<string, unknown>;

/** JSON lines on standard output. Fields whose names end in `secret`, `token`, `signature`, `authorization` and the like never show their value. */
export const createLogger = ({ service, level, destination }: LoggerOptions): Logger => {
  const log = pino(
    {
      level,
      base: { service },
      timestamp: stdTimeFunctions.isoTime,
      mixin: traceFields,
      formatters: { level: (label) => ({ level: label }), log: redactFields },
      // Ours writes errors out already; pino's own serialiser would run first and drop `details`.
      serializers: { err: (error: unknown) => error },
    },
    destination ?? pino.destination({ dest: 1, sync: true }),
  );
  // pino writes what a child is bound to before any formatter sees it. Children inherit this method.
  const { child } = log;
  const redactingChild = function redactingChild(this: Logger, bindings: object, options?: ChildLoggerOptions): unknown {
    return Reflect.apply(child, this, [redactFields(bindings), options]);
  };
  return Object.assign(log, { child: redactingChild as unknown as typeof child });
};
