import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import { cleanSpan } from './clean-span.js';

/** Endpoint, headers, time-outs and compression are read from the standard variables by the exporters themselves. */
const otlpExporter = (env: NodeJS.ProcessEnv): SpanExporter => {
  const protocol = env['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL'] ?? env['OTEL_EXPORTER_OTLP_PROTOCOL'];
  return protocol?.trim() === 'http/json' ? new JsonExporter() : new ProtobufExporter();
};

/** Passes on spans as they may be seen outside, and tells whether they were taken. */
export const cleaned = (exporter: SpanExporter, onResult: (taken: boolean) => void): SpanExporter => ({
  export: (spans, done) =>
    exporter.export(spans.map(cleanSpan), (result) => {
      onResult(result.error === undefined);
      done(result);
    }),
  forceFlush: async () => exporter.forceFlush?.(),
  shutdown: () => exporter.shutdown(),
});

/** To where the environment says. */
export const createSpanExporter = (env: NodeJS.ProcessEnv, onResult: (taken: boolean) => void): SpanExporter =>
  cleaned(otlpExporter(env), onResult);
