import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { ConfigError, type ConfigProblem } from './config-error.js';
import { fieldMeta, type FieldMeta } from './field.js';

type Source = { readonly value: string | undefined; readonly problem?: ConfigProblem };

const reasonOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : 'unreadable');

/** NAME, or the content of the file that NAME_FILE names; an empty variable counts as absent, as in a compose file with `NAME=`. */
const read = (name: string, env: NodeJS.ProcessEnv): Source => {
  const value = env[name];
  if (value !== undefined && value !== '') return { value };
  const file = env[`${name}_FILE`];
  if (file === undefined || file === '') return { value: undefined };
  try {
    return { value: readFileSync(file, 'utf8').replace(/\r?\n$/, '') };
  } catch (error) {
    return {
      value: undefined,
      problem: {
        variable: `${name}_FILE`,
        problem: `names "${file}", which cannot be read (${reasonOf(error)})`,
        remedy: `Mount the file where this process may read it, or set ${name} itself`,
      },
    };
  }
};

const remedyFor = (name: string, { description, example }: FieldMeta): string => {
  const what = description === '' ? '' : `It is ${description}. `;
  return `${what}Set ${name}${example === undefined ? '' : `, e.g. ${name}=${example}`} (or ${name}_FILE to a file that holds it)`;
};

const withoutStop = (message: string): string => message.replace(/\.$/, '');

const problemOf = (name: string, value: string | undefined, issue: z.core.$ZodIssue, meta: FieldMeta): ConfigProblem => {
  if (value === undefined) return { variable: name, problem: 'is missing', remedy: remedyFor(name, meta) };
  const where = issue.path.length > 1 ? ` at ${issue.path.slice(1).join('.')}` : '';
  // A message made by a refinement could carry a piece of the value; for a secret even the name of an unknown field may be one.
  const said = withoutStop(issue.message);
  const shown =
    meta.secret && (issue.code === 'unrecognized_keys' || said.includes(value)) ? 'does not have the right form' : said;
  const problem = meta.secret ? `is not usable${where}: ${shown}` : `is "${value}"${where}: ${shown}`;
  return { variable: name, problem, remedy: remedyFor(name, meta) };
};

/**
 * Reads a service's configuration from its environment.
 *
 * @param schema a zod object; each field takes a string (or nothing) and carries `.meta({ description, secret?, example? })`
 * @throws {ConfigError} `config.invalid`, naming every variable that is wrong, what is wrong with it and what to do; never a secret's value
 */
export const loadConfig = <Shape extends z.core.$ZodShape>(
  schema: z.ZodObject<Shape>,
  env: NodeJS.ProcessEnv = process.env,
): z.output<z.ZodObject<Shape>> => {
  const names = Object.keys(schema.shape);
  const sources = new Map(names.map((name) => [name, read(name, env)]));
  const unreadable = [...sources.values()].flatMap(({ problem }) => problem ?? []);
  const input = Object.fromEntries([...sources].flatMap(([name, { value }]) => (value === undefined ? [] : [[name, value]])));
  const parsed = schema.safeParse(input);
  if (parsed.success && unreadable.length === 0) return parsed.data;

  const fields: Readonly<Record<string, z.core.$ZodType>> = schema.shape;
  const problems = (parsed.error?.issues ?? []).map((issue) => {
    const name = String(issue.path[0] ?? names[0]);
    const field = fields[name];
    return problemOf(
      name,
      sources.get(name)?.value,
      issue,
      field ? fieldMeta(field) : { description: '', secret: true, example: undefined },
    );
  });
  const covered = new Set(unreadable.map(({ variable }) => variable.replace(/_FILE$/, '')));
  throw new ConfigError([...unreadable, ...problems.filter(({ variable }) => !covered.has(variable))]);
};
