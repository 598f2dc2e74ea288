import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';

type Converted = { readonly schema: unknown; readonly components?: Record<string, unknown> };

/** A zod schema as it is on the wire; schemas with an id become components. */
const convert = (schema: unknown): Converted | undefined => {
  if (!(schema instanceof z.ZodType)) return undefined;
  const json = JSON.stringify(z.toJSONSchema(schema, { target: 'draft-2020-12', io: 'input', unrepresentable: 'any' }));
  const {
    $schema: _dialect,
    $defs: components,
    id: _id,
    ...rest
  } = JSON.parse(json.replaceAll('"#/$defs/', '"#/components/schemas/')) as Record<string, unknown>;
  return components === undefined ? { schema: rest } : { schema: rest, components: components as Record<string, unknown> };
};

const description = [
  'Latchkey: signals from alerts, orders on your own exchange account, exactly once.',
  '',
  'Every refusal is `{"success": false, "error": {"code", "message", "details?"}}`; `code` is stable (docs/errors.md). Requests need a bearer',
  'token except health, documents, key sets, the sealing key and webhooks. Amounts are decimal strings.',
].join('\n');

/** Says of what needs no token that it needs none: without it a reader could not tell it from what was forgotten. */
const withOpenOperations = (document: OpenAPIObject): OpenAPIObject => ({
  ...document,
  paths: Object.fromEntries(
    Object.entries(document.paths).map(([path, operations]) => [
      path,
      Object.fromEntries(Object.entries(operations).map(([method, operation]) => [method, { security: [], ...operation }])),
    ]),
  ),
});

/** The OpenAPI 3.1 document, from the schemas that the routes check their input with. */
export const openApiDocument = (app: INestApplication): OpenAPIObject => {
  const head = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Latchkey')
    .setDescription(description)
    .setVersion('0.1.0')
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addServer('/', 'the gateway that serves this document')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' })
    .build();
  return withOpenOperations(
    SwaggerModule.createDocument(app, head, {
      standardSchemaConverter: convert,
      operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '')}_${method}`,
    }),
  );
};

/** `/openapi.json` and a page to read it at `/docs`. */
export const serveDocuments = (app: INestApplication): void => {
  SwaggerModule.setup('docs', app, () => openApiDocument(app), {
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
    customSiteTitle: 'Latchkey API',
    swaggerOptions: { persistAuthorization: false },
  });
};
