import { safeParse, type z } from 'zod';
import { fieldMeta } from './field.js';

/** One variable, as the reference and `.env.example` show it. */
export type ConfigRow = {
  readonly name: string;
  readonly description: string;
  readonly secret: boolean;
  /** Nothing is assumed: the service does not start without it. */
  readonly required: boolean;
  /** What is used when it is not set; absent where that differs from machine to machine, or is nothing. */
  readonly defaultValue?: string;
  readonly example?: string;
};

/** One table of the reference: a service, or what all services share. */
export type ConfigSection = { readonly title: string; readonly intro?: string; readonly rows: readonly ConfigRow[] };

const defaultOf = (field: z.core.$ZodType): string | undefined => {
  const def = field._zod.def as { readonly type: string; readonly defaultValue?: unknown };
  return def.type === 'default' && ['string', 'number', 'boolean'].includes(typeof def.defaultValue)
    ? String(def.defaultValue)
    : undefined;
};

const row = (name: string, field: z.core.$ZodType): ConfigRow => {
  const { description, secret, example } = fieldMeta(field);
  const defaultValue = defaultOf(field);
  return {
    name,
    description,
    secret,
    required: !safeParse(field, undefined).success,
    ...(defaultValue === undefined ? {} : { defaultValue }),
    ...(example === undefined ? {} : { example }),
  };
};

/** A schema's variables in the order in which it names them. */
export const configReference = (schema: z.ZodObject): readonly ConfigRow[] =>
  Object.entries(schema.shape).map(([name, field]) => row(name, field as z.core.$ZodType));

const cell = (text: string): string => text.replaceAll('|', String.raw`\|`).replaceAll('\n', ' ');

const markdownRow = ({ name, description, secret, required, defaultValue, example }: ConfigRow): string => {
  const value = required ? 'required' : defaultValue === undefined ? '' : `\`${cell(defaultValue)}\``;
  const shown = example === undefined ? '' : ` e.g. \`${cell(example)}\``;
  return `| \`${name}\` | ${value} | ${cell(description)}${secret ? ' (secret)' : ''}${shown} |`;
};

/** The sections as Markdown: the body of `docs/configuration.md`. */
export const configMarkdown = (sections: readonly ConfigSection[]): string =>
  sections
    .map(({ title, intro, rows }) =>
      [
        `## ${title}`,
        '',
        ...(intro === undefined ? [] : [intro, '']),
        '| variable | default | meaning |',
        '| --- | --- | --- |',
        ...rows.map(markdownRow),
      ].join('\n'),
    )
    .join('\n\n') + '\n';

const envLines = ({ name, description, secret, required, defaultValue, example }: ConfigRow): string => {
  const note = [description, secret ? 'Secret' : '', required ? 'Required' : '']
    .filter(Boolean)
    .map((part) => `${part}.`)
    .join(' ');
  const value = defaultValue ?? (secret ? '' : (example ?? ''));
  return `# ${note}\n${required ? '' : '# '}${name}=${value}`;
};

/** The sections as an `.env.example`: required variables to fill in, the others as comments with their defaults. */
export const envExample = (sections: readonly ConfigSection[]): string =>
  sections.map(({ title, rows }) => [`# ── ${title} ──`, ...rows.map(envLines)].join('\n\n')).join('\n\n') + '\n';
