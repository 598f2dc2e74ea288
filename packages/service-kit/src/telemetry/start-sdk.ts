import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';
import { AggregationType } from '@opentelemetry/sdk-metrics';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace';
import type { ExportedSignals } from './exported-signals.js';
import { createSpanExporter } from './span-exporter.js';

const numberOf = (text: string | undefined): number | undefined => {
  const value = Number(text);
  return text === undefined || text.trim() === '' || !Number.isFinite(value) || value < 0 ? undefined : value;
};

const batching = (env: NodeJS.ProcessEnv) => {
  const options = {
    // A signal of a thousand followers ends some ten thousand spans within a second.
    maxQueueSize: numberOf(env['OTEL_BSP_MAX_QUEUE_SIZE']) ?? 32_768,
    maxExportBatchSize: numberOf(env['OTEL_BSP_MAX_EXPORT_BATCH_SIZE']),
    scheduledDelayMillis: numberOf(env['OTEL_BSP_SCHEDULE_DELAY']) ?? 1_000,
    exportTimeoutMillis: numberOf(env['OTEL_BSP_EXPORT_TIMEOUT']) ?? 10_000,
  };
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
};

/**
 * Statements show below whatever asked for them, and nowhere else: without a parent a polling loop would be a trace of its own, twenty times
 * a second. No instrumentation of http or undici: the one records addresses, which hold webhook tokens, the other would tell the exchanges.
 */
const instrumentations = () => [new PgInstrumentation({ requireParentSpan: true, ignoreConnectSpans: true })];

/** Starts the SDK; whatever it watches must be loaded after this. */
export const startSdk = (
  env: NodeJS.ProcessEnv,
  signals: ExportedSignals,
  onResult: (taken: boolean) => void,
): { readonly shutdown: () => Promise<void> } => {
  const sdk = new NodeSDK({
    instrumentations: instrumentations(),
    textMapPropagator: null, // traceparents travel in envelopes and our own header; nothing else may add one to a request
    logRecordProcessors: [],
    // It counts the statements that it sees, which are those below a span: half a truth.
    views: [{ instrumentName: 'db.client.*', aggregation: { type: AggregationType.DROP } }],
    spanProcessors: signals.traces
      ? [new BatchSpanProcessor({ exporter: createSpanExporter(env, onResult), ...batching(env) })]
      : [],
    ...(signals.metrics ? {} : { metricReaders: [] }),
  });
  sdk.start();
  return sdk;
};
