// What `npm test` runs: every spec of every project; arguments go through to Vitest, e.g. `npm test -- --project unit packages/kernel`.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { closingLine } from './lib/closing-line.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'latchkey-test-'));
const countsFile = join(scratch, 'counts.json');

const vitest = spawn(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...process.argv.slice(2)], {
  cwd: root,
  env: { ...process.env, LATCHKEY_TEST_COUNTS: countsFile },
  stdio: ['ignore', 'inherit', 'inherit'],
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => vitest.kill(signal));

const readCounts = () => {
  try {
    return JSON.parse(readFileSync(countsFile, 'utf8'));
  } catch {
    return { passed: 0, failed: 1 }; // Vitest ended before it could report: that is a failure of its own
  }
};

vitest.on('close', (code) => {
  const counts = readCounts();
  rmSync(scratch, { recursive: true, force: true });
  const ended = code ?? 1;
  const ran = counts.passed + counts.failed;
  if (ended !== 0 && counts.failed === 0)
    console.log(`vitest ended with ${ended}${ran === 0 ? ': no test ran' : ' although no test failed'}`);
  if (ended === 0 && ran === 0) console.log('no test ran, which proves nothing: check the arguments');
  process.exitCode = ended || (counts.failed > 0 || ran === 0 ? 1 : 0);
  console.log(closingLine(ended !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts));
});
