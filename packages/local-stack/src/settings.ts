import { z } from 'zod';
import { LocalStackError } from './errors.js';

const settings = z.object({
  PORT: z.coerce.number().int().min(1).max(65_535).default(8080).meta({ description: "the gateway's port" }),
  LATCHKEY_VENUES: z
    .enum(['simulator', 'live'])
    .default('simulator')
    .meta({ description: 'simulated exchanges, or the real ones' }),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info').meta({ description: 'of every service' }),
});
export type StackSettings = z.infer<typeof settings>;

/**
 * What `npm start` reads from its environment beside `LATCHKEY_HOME`.
 *
 * @throws {LocalStackError} `stack.setting_invalid`
 */
export const stackSettings = (env: NodeJS.ProcessEnv = process.env): StackSettings => {
  const parsed = settings.safeParse({
    PORT: env['PORT'] || undefined,
    LATCHKEY_VENUES: env['LATCHKEY_VENUES'] || undefined,
    LOG_LEVEL: env['LOG_LEVEL'] || undefined,
  });
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  throw new LocalStackError('stack.setting_invalid', `the stack cannot start with these settings: ${wrong}`);
};
