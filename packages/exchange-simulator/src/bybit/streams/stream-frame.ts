type Fields = Readonly<Record<string, unknown>>;

/** One frame of a client; what cannot be read has no operation. */
export type ClientFrame = { readonly op: string; readonly args: readonly unknown[]; readonly fields: Fields };

export const readFrame = (text: string): ClientFrame => {
  try {
    const frame: unknown = JSON.parse(text);
    if (typeof frame === 'object' && frame !== null && !Array.isArray(frame)) {
      const fields: Fields = { ...frame };
      const { op, args } = fields;
      return { op: typeof op === 'string' ? op : '', args: Array.isArray(args) ? args : [], fields };
    }
  } catch {
    // falls through to the same as JSON of another shape
  }
  return { op: '', args: [], fields: {} };
};
