import { SpanStatusCode } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';

// Whatever a library or a hurried author puts on a span: only these leave the process. Messages of errors and statuses never do, because they
// quote what was sent.
const allowed: ReadonlySet<string> = new Set([
  'db.namespace',
  'db.operation.name',
  'db.postgresql.plan', // the name of a prepared statement; values are never asked for
  'db.system.name',
  'error.type',
  'http.request.method',
  'http.response.status_code',
  'http.route',
  'messaging.consumer.group.name',
  'messaging.destination.name',
  'messaging.destination.partition.id',
  'messaging.message.id',
  'messaging.operation.name',
  'messaging.operation.type',
  'messaging.system',
  'rpc.method',
  'rpc.service',
  'rpc.system',
  'server.port',
]);

const isAllowed = (name: string): boolean => allowed.has(name) || name.startsWith('latchkey.');

const cleanAttributes = (attributes: ReadableSpan['attributes']): ReadableSpan['attributes'] =>
  Object.fromEntries(Object.entries(attributes).filter(([name]) => isAllowed(name)));

/** The span as it may be seen outside. */
export const cleanSpan = (span: ReadableSpan): ReadableSpan => {
  const { code } = span.status;
  return Object.create(span, {
    attributes: { value: cleanAttributes(span.attributes) },
    events: { value: [] },
    links: { value: span.links.map((link) => ({ ...link, attributes: {} })) },
    status: { value: { code: code === SpanStatusCode.ERROR ? code : SpanStatusCode.UNSET } },
  }) as ReadableSpan;
};
