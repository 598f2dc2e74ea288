import { pino, stdTimeFunctions, type DestinationStream, type Logger as PinoLogger } from 'pino';
import { redact } from './redact.js';

/** pino's logger: `log.info({ fields }, 'message')`. */
export type Logger = PinoLogger;

export type LoggerOptions = {
  readonly service: string;
  readonly level: string;
  /** Standard output unless given. */
  readonly destination?: DestinationStream;
};

/** JSON lines on standard output. Fields whose names end in `secret`, `token`, `signature`, `authorization` and the like never show their value. */
export const createLogger = ({ service, level, destination }: LoggerOptions): Logger =>
  pino(
    {
      level,
      base: { service },
      timestamp: stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields) => redact(fields) as Record<string, unknown>,
        bindings: (fields) => redact(fields) as Record<string, unknown>,
      },
      // Ours writes errors out already; pino's own serialiser would run first and drop `details`.
      serializers: { err: (error: unknown) => error },
    },
    destination ?? pino.destination({ dest: 1, sync: true }),
  );
