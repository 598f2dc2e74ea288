import { z } from 'zod';

/** What `.meta()` of a configuration field says. */
export type FieldMeta = {
  /** One or two sentences for the reference and for error messages, without a final full stop. */
  readonly description: string;
  /** True: the value is never shown. */
  readonly secret: boolean;
  readonly example: string | undefined;
};

type Wrapper = { readonly innerType?: z.core.$ZodType; readonly in?: z.core.$ZodType };

/** `.optional()`, `.default()` and pipes wrap a field; what was said of it inside still holds. */
export const fieldMeta = (field: z.core.$ZodType): FieldMeta => {
  let found: Record<string, unknown> = {};
  for (let at: z.core.$ZodType | undefined = field; at;) {
    found = { ...z.globalRegistry.get(at), ...found };
    const def: Wrapper = at._zod.def as Wrapper;
    at = def.innerType ?? def.in;
  }
  return {
    description: typeof found['description'] === 'string' ? found['description'] : '',
    secret: found['secret'] === true,
    example: typeof found['example'] === 'string' ? found['example'] : undefined,
  };
};
