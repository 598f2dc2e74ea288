import { z } from 'zod';

/** A TCP port as text; 0 stands for any free one. */
export const port = () =>
  z
    .union(
      [
        z.number(),
        z
          .string()
          .regex(/^\d{1,5}$/)
          .transform(Number),
      ],
      { error: 'must be a port number from 0 to 65535' },
    )
    .pipe(z.int().min(0).max(65_535, { error: 'must be a port number from 0 to 65535' }));

/** JSON as text, read by `schema`. Never quotes what it could not parse. */
export const jsonText = <Schema extends z.ZodType>(schema: Schema) =>
  z
    .string()
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        context.issues.push({ code: 'custom', input: undefined, message: 'must be JSON' });
        return z.NEVER;
      }
    })
    .pipe(schema);
