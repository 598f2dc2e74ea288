import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { repositoryRoot } from './stack.js';

type Operation = {
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { readonly schema?: object }>> }>>;
};
type Document = { readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>; readonly components: object };

const readDocument = (): Document => JSON.parse(readFileSync(`${repositoryRoot}docs/openapi.json`, 'utf8')) as Document;

const patternOf = (template: string): RegExp =>
  new RegExp(`^${template.replaceAll('.', '\\.').replaceAll(/\{[^}]+\}/g, '[^/]+')}$`);

/** Literal paths before templates: `/all/status` is not the status of an exchange called "all". */
const byLiteralness = (a: string, b: string): number => a.split('{').length - b.split('{').length;

const createChecker = (document: Document) => {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  (formats as unknown as (to: Ajv2020) => void)(ajv);
  ajv.addSchema({ $id: 'latchkey:', components: document.components });
  const routes = Object.keys(document.paths)
    .toSorted(byLiteralness)
    .map((template) => ({ template, pattern: patternOf(template) }));
  const compiled = new Map<object, ValidateFunction>();
  const validatorOf = (schema: object): ValidateFunction => {
    const known = compiled.get(schema);
    if (known) return known;
    const text = JSON.stringify(schema).replaceAll('"#/components/', '"latchkey:#/components/');
    const made = ajv.compile(JSON.parse(text) as object);
    compiled.set(schema, made);
    return made;
  };

  /** What the document has against this answer; undefined: nothing. */
  return (method: string, path: string, status: number, body: unknown): string | undefined => {
    const route = routes.find(({ pattern }) => pattern.test(path));
    if (route === undefined) return status === 404 ? undefined : `${method} ${path} is not documented, yet it answered ${status}`;
    const operation = document.paths[route.template]?.[method.toLowerCase()];
    const asked = `${method} ${route.template}`;
    if (operation === undefined) return status === 404 || status === 405 ? undefined : `${asked} is not documented`;
    const response = operation.responses[String(status)];
    if (response === undefined) return `${asked} answered ${status}, which is not documented: ${JSON.stringify(body)}`;
    const schema = response.content?.['application/json']?.schema;
    if (schema === undefined) return `${asked} ${status} has no schema`;
    const validate = validatorOf(schema);
    return validate(body) ? undefined : `${asked} ${status} is not as documented: ${ajv.errorsText(validate.errors)}`;
  };
};

let checker: ReturnType<typeof createChecker> | undefined;

/** Holds an answer of the gateway against docs/openapi.json. @throws when it is not as documented */
export const mustBeDocumented = (method: string, path: string, status: number, body: unknown): void => {
  const problem = (checker ??= createChecker(readDocument()))(method, path, status, body);
  if (problem !== undefined) throw new TypeError(problem);
};
