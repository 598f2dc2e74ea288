import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** One endpoint as the guide prints it. */
export type Example = {
  readonly title: string;
  readonly method: string;
  /** `{exchange}` stands for the name of one. */
  readonly path: string;
  readonly request?: Readonly<Record<string, unknown>>;
  readonly response: Readonly<Record<string, unknown>>;
};
/** One entry of the table of troubles: what the user sees, and what to look at. */
export type Trouble = { readonly title: string; readonly hints: readonly string[] };

// A copy of the guide, letter by letter: what is printed there is the contract.
const text = readFileSync(fileURLToPath(new URL('../../vectors/personal-api-keys-guide.md', import.meta.url)), 'utf8');

const sectionOf = (heading: RegExp): string => {
  const [, ...sections] = text.split(/^(?=## )/m);
  const found = sections.find((section) => heading.test(section.split('\n')[0] ?? ''));
  if (found === undefined) throw new TypeError(`the guide has no section ${heading}`);
  return found;
};

// The guide explains a value behind it: `"mode": "PERSONAL"  # POOLED, PERSONAL, or HYBRID`.
const jsonAfter = (block: string, comment: string): Record<string, unknown> | undefined => {
  const [, json] = new RegExp(`^# ${comment}\\n(\\{[\\s\\S]*?^\\})`, 'm').exec(block) ?? [];
  return json === undefined ? undefined : (JSON.parse(json.replaceAll(/ {2}#.*$/gm, '')) as Record<string, unknown>);
};

/** The endpoints 1 to 6, in the guide's order. */
export const examples: readonly Example[] = sectionOf(/API Endpoints/)
  .split(/^#### /m)
  .slice(1)
  .map((section) => {
    const [, block = ''] = /```bash\n([\s\S]*?)```/.exec(section) ?? [];
    const [, method = '', path = ''] = /^(\w+) (\S+)/.exec(block) ?? [];
    const request = jsonAfter(block, 'Request');
    const response = jsonAfter(block, 'Response') ?? {};
    return { title: section.split('\n')[0] ?? '', method, path, ...(request && { request }), response };
  });

export const troubles: readonly Trouble[] = sectionOf(/Troubleshooting/)
  .split(/^### /m)
  .slice(1)
  .map((section) => ({
    title: section.split('\n')[0]?.replaceAll('"', '') ?? '',
    hints: section.split('\n').flatMap((line) => (line.startsWith('- ') ? [line.slice(2)] : [])),
  }));

const [, userId = '', apiKey = '', apiSecret = ''] = /saveAPIKey\((\d+), 'bybit', '(\w+)', '(\w+)'\)/.exec(text) ?? [];
/** The person and the key pair of the guide's own test, at Bybit. */
export const printed = { userId, apiKey, apiSecret };
