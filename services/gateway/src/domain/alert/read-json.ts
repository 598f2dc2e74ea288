/** JSON with its numbers as the text that was sent: a double would already have lost digits of somebody's money. */
export type ExactJson = string | boolean | null | readonly ExactJson[] | { readonly [name: string]: ExactJson };

const maxDepth = 16; // alerts are flat; a thousand brackets are an attack on whoever walks the value

/** True when brackets outside of strings nest no deeper than `limit`; looks at the text, so that nothing has to recurse first. */
export const nestsAtMost = (limit: number, text: string): boolean => {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (inString) {
      if (char === '\\') at += 1;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === '{' || char === '[') {
      depth += 1;
      if (depth > limit) return false;
    } else if (char === '}' || char === ']') depth -= 1;
  }
  return true;
};

type Reviver = (this: unknown, key: string, value: unknown, context: { readonly source?: string }) => unknown;
const keepNumbersAsText: Reviver = (_key, value, { source }) => (typeof value === 'number' ? (source ?? String(value)) : value);

const wellFormed = (value: ExactJson): boolean => {
  if (typeof value === 'string') return value.isWellFormed();
  if (value === null || typeof value === 'boolean') return true;
  if (Array.isArray(value)) return value.every(wellFormed);
  return Object.entries(value).every(([name, member]) => name.isWellFormed() && wellFormed(member));
};

/** The value of a JSON text, or `undefined` for what is no JSON, nests too deep or holds half a character. */
export const readExactJson = (text: string): ExactJson | undefined => {
  if (!nestsAtMost(maxDepth, text)) return undefined;
  try {
    const value = JSON.parse(text, keepNumbersAsText as Parameters<typeof JSON.parse>[1]) as ExactJson;
    return wellFormed(value) ? value : undefined;
  } catch {
    return undefined;
  }
};
