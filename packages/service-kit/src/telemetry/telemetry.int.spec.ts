import { createServer } from 'node:net';
import { trace } from '@opentelemetry/api';
import { describe, expect, it, vi } from 'vitest';
import { onExport, startTelemetry, stopTelemetry } from './telemetry.js';

const packageFile = new URL('../../package.json', import.meta.url);

/** Takes connections and never answers: a collector that hangs. */
const silentServer = async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return { port: typeof address === 'object' && address ? address.port : 0, close: () => server.close() };
};

describe('telemetry', () => {
  it('without an endpoint starts nothing and ends at once', async () => {
    await startTelemetry({ service: 'spec', packageFile, env: {} });
    expect(trace.getTracer('spec').startSpan('x').isRecording()).toBe(false);
    await stopTelemetry();
  });

  it('that is told nonsense keeps no service from starting, and says that nothing is taken', async () => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', 'not a url');
    await startTelemetry({ service: 'spec', packageFile: new URL('file:///nowhere/package.json'), env: process.env });
    const told: boolean[] = [];
    onExport((taken) => told.push(taken));
    expect(told).toEqual([false]);
    await stopTelemetry();
  });

  it('names the service, its instance and its version, lets spans be made, and does not wait long for a collector that hangs', async () => {
    const hanging = await silentServer();
    vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', `http://127.0.0.1:${hanging.port}`);
    vi.stubEnv('OTEL_METRICS_EXPORTER', 'none');
    // The exporter alone would wait until the spec itself has run out of time.
    for (const name of ['OTEL_EXPORTER_OTLP_TIMEOUT', 'OTEL_BSP_EXPORT_TIMEOUT']) vi.stubEnv(name, '3600000');
    for (const name of ['OTEL_SERVICE_NAME', 'OTEL_RESOURCE_ATTRIBUTES', 'OTEL_NODE_RESOURCE_DETECTORS'])
      vi.stubEnv(name, undefined);
    await startTelemetry({ service: 'spec', packageFile, env: process.env });
    expect(process.env).toMatchObject({
      OTEL_SERVICE_NAME: 'latchkey-spec',
      OTEL_RESOURCE_ATTRIBUTES: expect.stringMatching(/^service\.instance\.id=[^,]+,service\.version=0\.1\.0$/),
    });
    const told: boolean[] = [];
    onExport((taken) => told.push(taken));
    const span = trace.getTracer('spec').startSpan('x');
    expect(span.isRecording()).toBe(true);
    span.end();
    await stopTelemetry();
    hanging.close();
  });
});
