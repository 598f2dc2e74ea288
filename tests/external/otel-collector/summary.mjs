import { readFileSync } from 'node:fs';

const byName = (a, b) => a.localeCompare(b);
const attribute = (attributes, key) => attributes?.find((one) => one.key === key)?.value?.stringValue;

/** What the collector's file exporter wrote, one OTLP message a line. */
export const readTelemetry = (file) => {
  const messages = readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  const spans = messages.flatMap(({ resourceSpans = [] }) =>
    resourceSpans.flatMap(({ resource, scopeSpans }) =>
      scopeSpans.flatMap((scoped) =>
        (scoped.spans ?? []).map((span) => ({ ...span, service: attribute(resource.attributes, 'service.name') })),
      ),
    ),
  );
  const metrics = messages.flatMap(({ resourceMetrics = [] }) =>
    resourceMetrics.flatMap(({ scopeMetrics }) =>
      scopeMetrics.flatMap(({ metrics: some }) => (some ?? []).map(({ name }) => name)),
    ),
  );
  return { spans, metrics: [...new Set(metrics)].toSorted(byName) };
};

const counted = (items) => [...Map.groupBy(items, (item) => item)].map(([item, all]) => [item, all.length]);

const services = ['latchkey-audit', 'latchkey-gateway', 'latchkey-key-vault', 'latchkey-trade-executor'];

/** The figures of one signal's trace, and of everything that came with it. */
export const summaryOf = ({ spans, metrics }, traceId) => {
  const trace = spans.filter((span) => span.traceId === traceId);
  const known = new Set(spans.map(({ spanId }) => spanId));
  const isOrphan = ({ parentSpanId }) => Boolean(parentSpanId) && !known.has(parentSpanId);
  const roots = trace.filter(({ parentSpanId }) => !parentSpanId);
  const calls = trace.filter(({ name }) => name.startsWith('exchange '));
  const seen = [...new Set(trace.map(({ service }) => service))].toSorted(byName);
  const ok =
    JSON.stringify(seen) === JSON.stringify(services) && roots.length === 1 && !spans.some(isOrphan) && calls.length === 10;
  const rows = counted(trace.map(({ service, name }) => `${service} | ${name}`).toSorted(byName));
  const text = [
    `traces received: ${new Set(spans.map((span) => span.traceId)).size}, spans: ${spans.length}, orphans: ${spans.filter(isOrphan).length}`,
    `the signal's trace ${traceId}: ${trace.length} spans, ${roots.length} root, ${trace.filter(isOrphan).length} orphans, ${seen.length} services, ${calls.length} exchange calls`,
    '',
    '| service | span | count |',
    '| --- | --- | ---: |',
    ...rows.map(([row, count]) => `| ${row} | ${count} |`),
    '',
    `metrics received: ${metrics.join(', ')}`,
    '',
    ok ? 'ok: one connected trace' : 'NOT one connected trace',
  ].join('\n');
  return { ok, text };
};
