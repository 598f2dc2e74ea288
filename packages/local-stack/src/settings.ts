import { z } from 'zod';
import { LocalStackError } from './errors.js';
import { mostExecutors } from './executors.js';

/** What `npm start` reads from its environment. `LATCHKEY_HOME` and `NATS_SERVER_BIN` are read where they are used. */
export const settingsSchema = z.object({
  PORT: z.coerce.number().int().min(1).max(65_535).default(8080).meta({ description: "the gateway's port" }),
  LATCHKEY_HOME: z
    .string()
    .default('.latchkey')
    .meta({ description: 'the folder of data, keys and logs; relative to the checkout' }),
  LATCHKEY_VENUES: z
    .enum(['simulator', 'live'])
    .default('simulator')
    .meta({ description: 'simulated exchanges, or the real ones' }),
  LATCHKEY_EXECUTORS: z.coerce.number().int().min(0).max(mostExecutors).optional().meta({
    description:
      'how many trade executors share the work; without it as many as were asked for last (`latchkey executors scale`), at first one',
  }),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error'])
    .default('info')
    .meta({ description: 'the least severe log lines of every service' }),
  NATS_SERVER_BIN: z
    .string()
    .optional()
    .meta({ description: 'a nats-server of 2.14 or newer to run instead of the one that is found or fetched' }),
});
export type StackSettings = Pick<z.infer<typeof settingsSchema>, 'PORT' | 'LATCHKEY_VENUES' | 'LATCHKEY_EXECUTORS' | 'LOG_LEVEL'>;

/**
 * The settings of this start.
 *
 * @throws {LocalStackError} `stack.setting_invalid`
 */
export const stackSettings = (env: NodeJS.ProcessEnv = process.env): StackSettings => {
  const parsed = settingsSchema.pick({ PORT: true, LATCHKEY_VENUES: true, LATCHKEY_EXECUTORS: true, LOG_LEVEL: true }).safeParse({
    PORT: env['PORT'] || undefined,
    LATCHKEY_VENUES: env['LATCHKEY_VENUES'] || undefined,
    LATCHKEY_EXECUTORS: env['LATCHKEY_EXECUTORS'] || undefined,
    LOG_LEVEL: env['LOG_LEVEL'] || undefined,
  });
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  throw new LocalStackError('stack.setting_invalid', `the stack cannot start with these settings: ${wrong}`);
};
