import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { exportedSignals, hasUnusableEndpoint } from './exported-signals.js';

/** What telemetry tells of itself, so that it can be logged once a logger is there. */
export type ExportListener = (taken: boolean) => void;

type Running = { readonly shutdown: () => Promise<void> };

let running: Running | undefined;
let taken = true;
let listener: ExportListener | undefined;

// A collector that is away is waited for by nobody: the process has its own limit for ending.
const flushTimeoutMs = 3_000;

const versionOf = (packageFile: URL): string => {
  try {
    const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { readonly version?: unknown };
    return typeof version === 'string' ? version : 'unknown';
  } catch {
    return 'unknown'; // an image without that file trades all the same
  }
};

/** Standard variables that the SDK reads by itself, where nobody has set them. */
const setDefaults = (service: string, packageFile: URL, env: NodeJS.ProcessEnv): void => {
  env['OTEL_SERVICE_NAME'] ??= `latchkey-${service}`;
  // The others would send this machine's command lines and paths.
  env['OTEL_NODE_RESOURCE_DETECTORS'] ??= 'env';
  const instance = env['LATCHKEY_INSTANCE'] ?? `${hostname()}-${process.pid}`;
  const own = `service.instance.id=${encodeURIComponent(instance)},service.version=${versionOf(packageFile)}`;
  // What an operator says comes last and wins.
  env['OTEL_RESOURCE_ATTRIBUTES'] = [own, env['OTEL_RESOURCE_ATTRIBUTES']].filter(Boolean).join(',');
};

const noteResult: ExportListener = (result) => {
  if (result === taken) return;
  taken = result;
  listener?.(result);
};

/**
 * Lets this process be watched, when the environment names an OTLP endpoint; otherwise loads and costs nothing. Call it first of all, and
 * load the rest of the service after it: what was loaded before is not seen.
 *
 * @param of.packageFile the service's `package.json`, for its version
 * @param of.env the process's own environment: the SDK reads it too, so defaults are written into it
 */
export const startTelemetry = async (of: {
  readonly service: string;
  readonly packageFile: URL;
  readonly env: NodeJS.ProcessEnv;
}): Promise<void> => {
  const { service, packageFile, env } = of;
  if (hasUnusableEndpoint(env)) {
    taken = false; // the log says so; a typing error keeps nobody from trading
    return;
  }
  const signals = exportedSignals(env);
  if (running || (!signals.traces && !signals.metrics)) return;
  setDefaults(service, packageFile, env);
  const { startSdk } = await import('./start-sdk.js');
  running = startSdk(env, signals, noteResult);
};

/** Told whenever the collector stops or begins to take spans, and at once when telemetry could not start. */
export const onExport = (listen: ExportListener): void => {
  listener = listen;
  if (!taken) listen(taken);
};

/** Sends what is left, for at most 3 s; a collector that is away is no error. */
export const stopTelemetry = async (): Promise<void> => {
  const sdk = running;
  running = undefined;
  if (!sdk) return;
  await Promise.race([sdk.shutdown().catch(() => undefined), delay(flushTimeoutMs, undefined, { ref: false })]);
};
