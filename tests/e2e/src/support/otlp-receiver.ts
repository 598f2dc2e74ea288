import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

type Value = { readonly stringValue?: string; readonly intValue?: string | number; readonly boolValue?: boolean };
type Attribute = { readonly key: string; readonly value: Value };
type WireSpan = {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly attributes: readonly Attribute[];
};
type WireResource = { readonly attributes: readonly Attribute[] };
type Traces = {
  readonly resourceSpans?: readonly {
    readonly resource: WireResource;
    readonly scopeSpans: readonly { readonly spans: readonly WireSpan[] }[];
  }[];
};
type Metrics = {
  readonly resourceMetrics?: readonly {
    readonly resource: WireResource;
    readonly scopeMetrics: readonly { readonly metrics: readonly Record<string, unknown>[] }[];
  }[];
};

/** A span as a tracing backend would show it. */
export type ReceivedSpan = {
  readonly service: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Absent: it begins its trace. */
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: 'internal' | 'server' | 'client' | 'producer' | 'consumer' | 'unspecified';
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
};

export type ReceivedMetric = {
  readonly service: string;
  readonly name: string;
  readonly unit: string;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
};

const kinds = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const;

const attributesOf = (attributes: readonly Attribute[] = []): Record<string, string | number | boolean> =>
  Object.fromEntries(
    attributes.map(({ key, value }) => [key, value.stringValue ?? value.boolValue ?? Number(value.intValue ?? Number.NaN)]),
  );

const serviceOf = ({ attributes }: WireResource): string => String(attributesOf(attributes)['service.name']);

const spansOf = ({ resourceSpans = [] }: Traces): readonly ReceivedSpan[] =>
  resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map(({ traceId, spanId, parentSpanId, name, kind, attributes }) => ({
        service: serviceOf(resource),
        traceId,
        spanId,
        ...(parentSpanId && { parentSpanId }),
        name,
        kind: kinds[kind] ?? 'unspecified',
        attributes: attributesOf(attributes),
      })),
    ),
  );

type Points = { readonly dataPoints?: readonly { readonly attributes?: readonly Attribute[] }[] };

const metricsOf = ({ resourceMetrics = [] }: Metrics): readonly ReceivedMetric[] =>
  resourceMetrics.flatMap(({ resource, scopeMetrics }) =>
    scopeMetrics.flatMap(({ metrics }) =>
      metrics.flatMap((metric) => {
        const { dataPoints = [] } = (metric['sum'] ?? metric['gauge'] ?? metric['histogram'] ?? {}) as Points;
        return dataPoints.map(({ attributes }) => ({
          service: serviceOf(resource),
          name: String(metric['name']),
          unit: String(metric['unit']),
          attributes: attributesOf(attributes),
        }));
      }),
    ),
  );

/** Takes what the stack exports, in OTLP's JSON form; {@link environment} is what the stack has to be started with. */
export const startOtlpReceiver = async () => {
  const bodies: Buffer[] = [];
  const spans: ReceivedSpan[] = [];
  const metrics: ReceivedMetric[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      bodies.push(Buffer.from(JSON.stringify(request.headers)), body);
      if (request.url === '/v1/traces') spans.push(...spansOf(JSON.parse(body.toString()) as Traces));
      if (request.url === '/v1/metrics') metrics.push(...metricsOf(JSON.parse(body.toString()) as Metrics));
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    environment: {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_BSP_SCHEDULE_DELAY: '200',
      OTEL_METRIC_EXPORT_INTERVAL: '1000',
      OTEL_METRIC_EXPORT_TIMEOUT: '1000',
    },
    spans: (): readonly ReceivedSpan[] => spans,
    metrics: (): readonly ReceivedMetric[] => metrics,
    /** Everything that came, byte by byte. */
    bytes: (): Buffer => Buffer.concat(bodies),
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
};

export type OtlpReceiver = Awaited<ReturnType<typeof startOtlpReceiver>>;
