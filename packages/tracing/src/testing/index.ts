export { recordTelemetry, type RecordedMetric, type Recording } from './record-spans.js';
