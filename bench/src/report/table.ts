import { ratioOf, reaches, type Line, type Report } from '../harness/result.js';

const round = (value: number): string => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2));

const aimOf = (line: Line): string => {
  if (line.aim === undefined) return '';
  return `${line.aim.direction} ${round(line.aim.ratio)}: ${reaches(line) === true ? 'reached' : '**not reached**'}`;
};

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');

const linesTable = (lines: readonly Line[]): string =>
  table(
    ['benchmark', 'measured', 'ours', 'p99 (ms)', 'floor', 'its figure', 'ratio', 'aim'],
    lines.map((line) => [
      line.benchmark,
      line.measured,
      `${round(line.ours)} ${line.unit}`,
      line.p99 === undefined ? '' : round(line.p99),
      line.floorName,
      `${round(line.floor)} ${line.unit}`,
      round(ratioOf(line)),
      aimOf(line),
    ]),
  );

const costTable = (costs: Report['costs']): string => {
  const kinds = Object.keys(costs[0]?.cost ?? {});
  return table(
    ['per order or signature', ...kinds],
    costs.map(({ of, cost }) => [of, ...kinds.map((kind) => round(cost[kind] ?? Number.NaN))]),
  );
};

const stepTable = ({ steps }: Report['steps'][number]): string =>
  table(
    ['step, bare', 'p50 (ms)', 'times', 'together (ms)'],
    [
      ...steps.map(({ name, times, ms }) => [name, round(ms), String(times), round(ms * times)]),
      ['**sum**', '', '', round(steps.reduce((sum, { times, ms }) => sum + times * ms, 0))],
    ],
  );

/** The figures as Markdown: for the terminal, and for docs/performance.md. */
export const markdownOf = ({ lines, costs, steps, notes }: Report): string =>
  [
    linesTable(lines),
    ...(costs.length === 0
      ? []
      : ['What the whole stack did meanwhile, its idle work included, divided by the orders, or signatures:', costTable(costs)]),
    ...steps.flatMap((of) => [`The floor of ${of.of}: what each step costs by itself, measured in the same run.`, stepTable(of)]),
    ...notes,
  ].join('\n\n');
