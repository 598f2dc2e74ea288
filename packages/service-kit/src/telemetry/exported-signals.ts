/** What goes out, by the standard variables alone: a signal without an endpoint is not made. */
export type ExportedSignals = { readonly traces: boolean; readonly metrics: boolean };

const isSet = (value: string | undefined): boolean => value !== undefined && value.trim() !== '';

const endpoints = ['', '_TRACES', '_METRICS'].map((signal) => `OTEL_EXPORTER_OTLP${signal}_ENDPOINT`);

/** An endpoint that is no address: the SDK would pass over it and send to localhost. */
export const hasUnusableEndpoint = (env: NodeJS.ProcessEnv): boolean =>
  endpoints.some((name) => isSet(env[name]) && !/^https?:$/.test(URL.parse(env[name]?.trim() ?? '')?.protocol ?? ''));

// Others would open a port in every service, the vault too, or write past the log.
const byOtlp = (exporter: string | undefined): boolean => !isSet(exporter) || exporter?.trim() === 'otlp';

/** The SDK itself would send to localhost:4318 when nobody says where to: here nothing is sent, and nothing is loaded. */
export const exportedSignals = (env: NodeJS.ProcessEnv): ExportedSignals => {
  if (env['OTEL_SDK_DISABLED']?.trim().toLowerCase() === 'true') return { traces: false, metrics: false };
  const to = (signal: 'TRACES' | 'METRICS'): boolean =>
    byOtlp(env[`OTEL_${signal}_EXPORTER`]) &&
    (isSet(env['OTEL_EXPORTER_OTLP_ENDPOINT']) || isSet(env[`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`]));
  return { traces: to('TRACES'), metrics: to('METRICS') };
};
