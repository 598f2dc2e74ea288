import type { Fields } from './shape.js';

/**
 * Reads a flat JSON object in its one spelling: no spaces, no escapes that need not be, no number written otherwise, each name once. A
 * venue's parser and ours could disagree about anything else. Values are left to the grammar's rules, none of which takes an object.
 */
export const parseBody = (text: string): Fields | undefined => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return JSON.stringify(value) === text ? new Map(Object.entries(value)) : undefined;
};
