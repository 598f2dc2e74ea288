import { describe, expect, it } from 'vitest';
import { exportedSignals } from './exported-signals.js';

const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' };

describe('what is exported', () => {
  it.each([
    ['nothing without an endpoint', {}, false, false],
    ['nothing with an empty one, as in a compose file', { OTEL_EXPORTER_OTLP_ENDPOINT: ' ' }, false, false],
    ['all with one', endpoint, true, true],
    ['nothing when the SDK is disabled', { ...endpoint, OTEL_SDK_DISABLED: 'true' }, false, false],
    ['all but what is switched off', { ...endpoint, OTEL_METRICS_EXPORTER: 'none' }, true, false],
    ['all when the exporter is named that is meant anyway', { ...endpoint, OTEL_METRICS_EXPORTER: 'otlp' }, true, true],
    [
      'nothing by another exporter, which would listen on a port',
      { ...endpoint, OTEL_METRICS_EXPORTER: 'prometheus' },
      true,
      false,
    ],
    ['nothing by several', { ...endpoint, OTEL_METRICS_EXPORTER: 'otlp,prometheus' }, true, false],
    ['nothing on standard output, past the log', { ...endpoint, OTEL_TRACES_EXPORTER: 'console' }, false, true],
    ['only what has an endpoint of its own', { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://x/v1/metrics' }, false, true],
  ])('is %s', (_, env, traces, metrics) => {
    expect(exportedSignals(env)).toEqual({ traces, metrics });
  });
});
