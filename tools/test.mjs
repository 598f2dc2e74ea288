// What `npm test` runs: every spec of every project; arguments go through to Vitest, e.g. `npm test -- --project unit packages/kernel`.
// The last line is `N passed, N failed`, whatever happens; what does not compile, or a run without tests, has failed.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { closingLine } from './lib/closing-line.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const stdio = ['ignore', 'inherit', 'inherit'];

const end = (counts, why) => {
  if (why) console.log(why);
  console.log(closingLine(counts));
  process.exitCode = why || counts.failed > 0 ? 1 : 0;
};

const runVitest = () =>
  new Promise((resolve) => {
    const scratch = mkdtempSync(join(tmpdir(), 'latchkey-test-'));
    const countsFile = join(scratch, 'counts.json');
    const vitest = spawn(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...process.argv.slice(2)], {
      cwd: root,
      env: { ...process.env, LATCHKEY_TEST_COUNTS: countsFile },
      stdio,
    });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => vitest.kill(signal));
    vitest.on('close', (code, signal) => {
      resolve({ ended: code ?? signal, counts: readCounts(countsFile) });
      rmSync(scratch, { recursive: true, force: true });
    });
  });

const readCounts = (file) => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { passed: 0, failed: 1 }; // Vitest ended before it could report: that is a failure of its own
  }
};

const built = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-b'], { cwd: root, stdio });
if (built.status !== 0) end({ passed: 0, failed: 1 }, 'the sources do not compile, so nothing was run');
else {
  const { ended, counts } = await runVitest();
  if (counts.passed + counts.failed === 0)
    end({ ...counts, failed: 1 }, 'no test ran, which proves nothing: check the arguments');
  else if (ended !== 0 && counts.failed === 0)
    end({ ...counts, failed: 1 }, `vitest ended with ${ended} although no test failed`);
  else end(counts);
}
