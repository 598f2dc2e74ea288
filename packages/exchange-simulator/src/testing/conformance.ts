import { afterAll, expect, it } from 'vitest';

/**
 * One call of an SDK's public surface, as an application would make it.
 *
 * @typeParam Client the SDK's own client, unmodified
 */
export type ConformanceCall<Client> = {
  /** As the SDK spells it; what the table of the report shows. */
  readonly call: string;
  readonly act: (client: Client) => Promise<unknown>;
  /** What the SDK must hand back, by `toMatchObject`. */
  readonly answers: unknown;
};

/**
 * Runs every call as a test of its own and prints the table `sdk: n calls, m methods` when the file ends, so that a call that is left
 * out shows. Each call gets a client of its own from `open`, which also prepares the venue.
 */
export const conformance = <Client>(
  sdk: string,
  open: () => Promise<Client>,
  calls: readonly ConformanceCall<Client>[],
): void => {
  const passed = new Set<string>();
  it.each(calls.map((row) => [row.call, row] as const))(`${sdk}: %s`, async (_call, { call, act, answers }) => {
    expect(await act(await open())).toMatchObject(answers as object);
    passed.add(call);
  });
  it(`${sdk}: every call of the table is another one`, () => {
    const names = calls.map(({ call }) => call);
    expect([...new Set(names)]).toEqual(names);
  });
  afterAll(() => {
    process.stdout.write(`conformance ${sdk}: ${passed.size} of ${calls.length} calls\n`);
  });
};

type Shape = string | readonly Shape[] | { readonly [field: string]: Shape };

/**
 * Names and types of a JSON value, to be compared with a sample field by field: `{"a": [1]}` is `{a: ['number']}`. A list is told by its
 * first entry, and an amount (`"0.10"`) apart from other text.
 */
export const shapeOf = (value: unknown): Shape => {
  if (Array.isArray(value)) return value.length === 0 ? [] : [shapeOf(value[0])];
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([field, inner]) => [field, shapeOf(inner)]));
  if (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value)) return 'amount';
  return value === null ? 'null' : typeof value;
};
