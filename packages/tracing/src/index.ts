export { meter, observeGauges, type GaugeOptions, type Reading } from './metrics.js';
export { moments, passing, type Moment } from './moments.js';
export { endSpan, inSpan, markFailed, scope, startSpan, startTrace, withinSpan, type SpanOptions } from './spans.js';
export { activeTraceparent, contextOf, isRecorded, outsideOfTraces, traceparentOf } from './trace-context.js';
