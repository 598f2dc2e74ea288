import { context, metrics, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider, type ReadableSpan } from '@opentelemetry/sdk-trace';

/** A figure as it would have been exported. */
export type RecordedMetric = {
  readonly name: string;
  readonly unit: string;
  readonly value: unknown;
  readonly attributes: object;
};

/** What was recorded since it began, and its end. */
export type Recording = {
  readonly spans: () => readonly ReadableSpan[];
  readonly metrics: () => Promise<readonly RecordedMetric[]>;
  readonly reset: () => void;
  readonly stop: () => Promise<void>;
};

/** Lets this process record spans and metrics in memory, as a service with a collector does. For specs; call it before what it records is built. */
export const recordTelemetry = (): Recording => {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  const figures = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter: figures, exportIntervalMillis: 3_600_000 });
  const meters = new MeterProvider({ readers: [reader] });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(provider);
  metrics.setGlobalMeterProvider(meters);
  return {
    spans: () => exporter.getFinishedSpans(),
    metrics: async () => {
      figures.reset();
      await reader.forceFlush();
      return figures
        .getMetrics()
        .flatMap(({ scopeMetrics }) =>
          scopeMetrics.flatMap((scoped) =>
            scoped.metrics.flatMap(({ descriptor, dataPoints }) =>
              dataPoints.map(({ value, attributes }) => ({ name: descriptor.name, unit: descriptor.unit, value, attributes })),
            ),
          ),
        );
    },
    reset: () => exporter.reset(),
    stop: async () => {
      await provider.shutdown();
      await meters.shutdown();
      trace.disable();
      metrics.disable();
      context.disable();
    },
  };
};
