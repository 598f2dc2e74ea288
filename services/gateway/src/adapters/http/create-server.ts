import type { Logger } from '@latchkey/service-kit';
import { type DynamicModule, Logger as NestLogger, type LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { useBodyParser } from './body-parser.js';
import { onClientError } from './client-error.js';
import { createErrorResponder, ErrorFilter } from './error-filter.js';
import { watchRoutes } from './known-routes.js';
import { serveDocuments } from './openapi.js';
import { schemaPipe } from './schema-pipe.js';
import { useServerHooks } from './server-hooks.js';
import { useTelemetryHooks } from './telemetry-hooks.js';

export type ServerOptions = {
  readonly trustedProxies: readonly string[];
  readonly requireHttps: boolean;
  readonly log: Pick<Logger, 'debug' | 'error' | 'warn'>;
};

/** Nest's own lines; errors of requests come through the error filter, so that these carry nothing that was sent. */
const nestLogger = (log: ServerOptions['log']): LoggerService => ({
  log: (message: unknown) => log.debug({ message: String(message) }, 'nest'),
  error: (message: unknown) => log.error({ message: String(message) }, 'nest'),
  warn: (message: unknown) => log.warn({ message: String(message) }, 'nest'),
});

/** The HTTP server with everything that holds for all routes; not listening yet. */
export const createServer = async (module: DynamicModule, options: ServerOptions): Promise<NestFastifyApplication> => {
  const { trustedProxies, requireHttps, log } = options;
  let respond: ReturnType<typeof createErrorResponder> | undefined;
  const adapter = new FastifyAdapter({
    trustProxy: trustedProxies.length > 0 ? [...trustedProxies] : false,
    logger: false,
    return503OnClosing: false, // whoever got a connection gets an answer in our form
    requestTimeout: 10_000,
    clientErrorHandler: onClientError,
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => respond?.(error, request, reply),
    routerOptions: { maxParamLength: 256 },
  });
  const server = adapter.getInstance<FastifyInstance>();
  const routes = watchRoutes(server);
  respond = createErrorResponder({ log, routes });
  useTelemetryHooks(server);
  useServerHooks(server, { requireHttps, log });
  useBodyParser(server);
  NestLogger.overrideLogger(nestLogger(log));
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, { bodyParser: false, abortOnError: false });
  app.useGlobalPipes(schemaPipe());
  app.useGlobalFilters(new ErrorFilter(respond));
  serveDocuments(app);
  return app;
};
