// A Vitest reporter that ends every run with one plain line, `N passed, N failed`, for people and programs alike.
// With LATCHKEY_TEST_COUNTS=<file> the counts go there instead, and whoever started the run prints the line (tools/test.mjs).
import { writeFileSync } from 'node:fs';
import { closingLine } from './lib/closing-line.mjs';

const countTests = (modules) => {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const module of modules) {
    const before = counts.failed;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      counts[state in counts ? state : 'failed'] += 1; // still `pending` at the end: the run was cut short, so it proved nothing
    }
    // A file that does not load, or a hook that throws, has no failed test of its own.
    if (!module.ok() && counts.failed === before) counts.failed += 1;
  }
  return counts;
};

export default class ClosingLine {
  onTestRunEnd(modules, unhandledErrors, reason) {
    const counts = countTests(modules);
    counts.failed += unhandledErrors.length;
    // A global set-up that throws fails the run before there is a module to blame.
    if (reason === 'failed' && counts.passed + counts.failed === 0) counts.failed = 1;
    const file = process.env.LATCHKEY_TEST_COUNTS;
    if (file) writeFileSync(file, JSON.stringify(counts));
    else process.stdout.write(`${closingLine(counts)}\n`);
  }
}
