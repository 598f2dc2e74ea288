import { AppError, messageOf } from '@latchkey/kernel';
import type { z } from 'zod';
import { ConfigError } from '../config/config-error.js';
import { loadConfig } from '../config/load-config.js';
import { createLogger, type Logger } from '../logger/create-logger.js';
import { onExport, stopTelemetry } from '../telemetry/telemetry.js';
import { createLifecycle, type Lifecycle } from './lifecycle.js';
import { processHost, type ServiceHost } from './host.js';

export type ServiceContext<Config> = { readonly config: Config; readonly log: Logger; readonly lifecycle: Lifecycle };

export type RunServiceOptions<Shape extends z.core.$ZodShape> = {
  readonly service: string;
  readonly configSchema: z.ZodObject<Shape>;
  readonly start: (context: ServiceContext<z.output<z.ZodObject<Shape>>>) => Promise<void>;
  /** `process` unless given. */
  readonly host?: ServiceHost;
  readonly log?: Logger;
};

// sysexits.h, EX_CONFIG: supervisors know not to start it again at once.
const configExitCode = 78;

const levelOf = (config: unknown): string => {
  const level = (config as { readonly LOG_LEVEL?: unknown }).LOG_LEVEL;
  return typeof level === 'string' ? level : 'info';
};

/** An error of ours says what to do; of anything else the stack is all there is to go by. */
const complaint = (error: unknown): string =>
  error instanceof AppError || !(error instanceof Error) ? messageOf(error) : (error.stack ?? error.message);

/**
 * The whole of a service's `main.ts`. Configuration that is not usable: exit 78; a start that fails: exit 1; both with one message on standard
 * error and nothing left half-started. SIGTERM, SIGINT, an ipc message `stop` and the end of the ipc channel run the lifecycle's steps and
 * exit 0. An unhandled rejection or exception is logged and exits 1: what state the process is in is then unknown.
 */
export const runService = async <Shape extends z.core.$ZodShape>(options: RunServiceOptions<Shape>): Promise<void> => {
  const { service, configSchema, start, host = processHost() } = options;
  let config: z.output<z.ZodObject<Shape>>;
  try {
    config = loadConfig(configSchema, host.env);
  } catch (error) {
    host.complain(`${service} did not start: ${error instanceof ConfigError ? error.message : complaint(error)}`);
    return host.exit(configExitCode);
  }
  const log = options.log ?? createLogger({ service, level: levelOf(config) });
  const lifecycle = createLifecycle({ log });
  lifecycle.onStop('telemetry', stopTelemetry); // registered first, so last of all: it also sends what the other steps tell
  onExport((taken) =>
    taken ? log.info({}, 'telemetry is taken again') : log.warn({}, 'telemetry is not taken by its collector; spans may be lost'),
  );

  const stop = (reason: string): void => {
    if (lifecycle.stopping()) return;
    log.info({ reason }, 'stopping');
    void lifecycle.stop().then(() => host.exit(0));
  };
  const crash = (error: unknown): void => {
    log.fatal({ err: error }, `unexpected: ${messageOf(error)}`);
    host.exit(1);
  };
  host.on('SIGTERM', () => stop('SIGTERM'));
  host.on('SIGINT', () => stop('SIGINT'));
  host.on('message', (message: unknown) => {
    if (message === 'stop' || (message as { readonly type?: unknown } | null)?.type === 'stop') stop('asked by the launcher');
  });
  host.on('disconnect', () => stop('the launcher is gone'));
  host.on('unhandledRejection', crash);
  host.on('uncaughtException', crash);

  try {
    await start({ config, log, lifecycle });
  } catch (error) {
    if (lifecycle.stopping()) return; // overtaken by a stop, which ends the process itself
    host.complain(`${service} did not start: ${complaint(error)}`);
    await lifecycle.stop();
    host.exit(1);
  }
};
