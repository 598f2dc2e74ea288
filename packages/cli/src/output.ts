/** Where a command's answer goes: tables and sentences for people, or one JSON document for programs (`--json`). */
export type Output = {
  readonly json: boolean;
  /** The answer: `value` as JSON, or `text` for people. */
  readonly answer: (value: unknown, text: string) => void;
  /** Progress: on standard error, and only for people. */
  readonly progress: (line: string) => void;
};

export const createOutput = (json: boolean): Output => ({
  json,
  answer: (value, text) => process.stdout.write(json ? `${JSON.stringify(value)}\n` : `${text}\n`),
  progress: (line) => {
    if (!json) process.stderr.write(`${line}\n`);
  },
});

/** Columns as wide as their widest cell; two spaces between them. */
export const table = (header: readonly string[], rows: readonly (readonly string[])[]): string => {
  const widths = header.map((name, i) => Math.max(name.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd();
  return [header, ...rows].map(line).join('\n');
};
