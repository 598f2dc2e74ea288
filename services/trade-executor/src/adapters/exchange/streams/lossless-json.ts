type Context = { readonly source?: string };
type Reviver = (key: string, value: unknown, context: Context) => unknown;

/** A frame's value with every integer that a number would lose kept as its digits. @returns undefined for what is no JSON */
export const parseLossless = (text: string): unknown => {
  const keepDigits: Reviver = (_key, value, { source }) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && source !== undefined && /^-?\d+$/.test(source) ? source : value;
  try {
    return JSON.parse(text, keepDigits as never);
  } catch {
    return undefined;
  }
};
