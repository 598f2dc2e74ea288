/** A setting that is not as it should be. */
export type Difference = { readonly setting: string; readonly expected: unknown; readonly found: unknown };

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Compares only what is expected: servers add settings with every version. An absent boolean is `false`, as the server writes it. */
export const differences = (expected: object, found: object): readonly Difference[] =>
  Object.entries(expected).flatMap(([setting, wanted]) => {
    const actual: unknown = (found as Readonly<Record<string, unknown>>)[setting] ?? (wanted === false ? false : undefined);
    return same(wanted, actual) ? [] : [{ setting, expected: wanted as unknown, found: actual }];
  });

/** One line for people: `EVENTS_GATEWAY: storage is "memory", must be "file"`. */
export const describeDifferences = (name: string, found: readonly Difference[]): string =>
  `${name}: ${found.map(({ setting, expected, found: actual }) => `${setting} is ${JSON.stringify(actual) ?? 'not set'}, must be ${JSON.stringify(expected)}`).join('; ')}`;
