import { z } from 'zod';

/** A JSON Schema, or any other part of the document. */
export type Json = { readonly [name: string]: unknown };

const inDefinitions = '#/definitions/';
const inComponents = '#/components/schemas/';

/** Puts references to where AsyncAPI keeps what is shared. */
const relocated = (schema: Json): Json =>
  JSON.parse(JSON.stringify(schema), (key, value: unknown) =>
    key === '$ref' && typeof value === 'string' ? value.replace(inDefinitions, inComponents) : value,
  ) as Json;

/** Collects the schemas of the document under `components/schemas`; each is the shape on the wire, before it is parsed. */
export const createSchemas = () => {
  const collected = new Map<string, Json>();
  return {
    /** Answers a reference to the schema, which now stands under that name. */
    add: (name: string, schema: z.ZodType): Json => {
      // draft-07 is the dialect that AsyncAPI 3 reads without a plug-in.
      const { $schema: _dialect, definitions, ...own } = relocated(z.toJSONSchema(schema, { target: 'draft-7', io: 'input' }));
      for (const [id, shared] of Object.entries((definitions as Json | undefined) ?? {})) collected.set(id, shared as Json);
      collected.set(name, own);
      return { $ref: `${inComponents}${name}` };
    },
    all: (): Json => Object.fromEntries([...collected].toSorted(([a], [b]) => (a < b ? -1 : 1))),
  };
};

export type Schemas = ReturnType<typeof createSchemas>;
