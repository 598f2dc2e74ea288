import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { repositoryRoot } from '@latchkey/local-stack';
import { join } from 'node:path';
import { benchmarks } from './benchmarks/index.js';
import { createCounter } from './harness/cost.js';
import type { Report } from './harness/result.js';
import { startStack } from './harness/stack.js';
import { plotOf } from './report/plot.js';
import { markdownOf } from './report/table.js';

const usage = `npm run bench -- [--write] [--statements] [benchmark…]

Measures on a stack of its own, with simulated venues, each figure beside a floor that is measured in the same run.
Benchmarks: ${Object.keys(benchmarks).join(', ')} (all by default).
--write puts the table and the plot into docs/performance.md; --statements tells which statements ran in what was measured.`;

const nothing: Report = { lines: [], costs: [], steps: [], notes: [] };
const together = (a: Report, b: Report): Report => ({
  lines: [...a.lines, ...b.lines],
  costs: [...a.costs, ...b.costs],
  steps: [...a.steps, ...b.steps],
  fanOuts: [...(a.fanOuts ?? []), ...(b.fanOuts ?? [])],
  notes: [...a.notes, ...b.notes],
});

const runAll = async (names: readonly string[], statements: boolean): Promise<Report> => {
  const stack = await startStack();
  try {
    const counter = await createCounter(stack, statements ? (text) => process.stderr.write(`${text}\n`) : undefined);
    let report = nothing;
    for (const name of names) {
      process.stderr.write(`${name} …\n`);
      report = together(report, (await benchmarks[name]?.(stack, counter)) ?? nothing);
    }
    await counter.close();
    return report;
  } finally {
    await stack.stop();
  }
};

const machine = (): string => `${cpus().length} cores, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Node ${process.versions.node}`;

/** The part of docs/performance.md that a run replaces; what follows its last mark is written by hand. */
const begin = '<!-- figures: begin -->';
const end = '<!-- figures: end -->';

const write = (report: Report): void => {
  const file = join(repositoryRoot, 'docs/performance.md');
  const text = readFileSync(file, 'utf8');
  const [before, after] = [text.split(begin)[0] ?? '', text.split(end)[1] ?? ''];
  const figures = `${begin}\n\n${new Date().toISOString().slice(0, 10)}, ${machine()}.\n\n${markdownOf(report)}\n\n![times of the floor](performance.svg)\n\n${end}`;
  writeFileSync(file, `${before}${figures}${after}`);
  writeFileSync(join(repositoryRoot, 'docs/performance.svg'), plotOf(report.lines));
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    write: { type: 'boolean', default: false },
    statements: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const unknown = positionals.find((name) => !Object.hasOwn(benchmarks, name));
if (values.help || unknown !== undefined) {
  process.stdout.write(`${unknown === undefined ? '' : `there is no benchmark "${unknown}"\n\n`}${usage}\n`);
  process.exitCode = unknown === undefined ? 0 : 64;
} else {
  const report = await runAll(positionals.length > 0 ? positionals : Object.keys(benchmarks), values.statements);
  process.stdout.write(`${machine()}\n\n${markdownOf(report)}\n`);
  if (values.write) write(report);
}
