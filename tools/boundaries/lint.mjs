import { spawnSync } from 'node:child_process';

/** What oxlint finds in some files of the tree at `root`, named as it names its rules: `typescript(no-floating-promises)`. */
export const lintViolations = (root, files) => {
  const run = spawnSync('oxlint', ['--type-aware', '--format', 'json', ...files], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (!run.stdout?.startsWith('{')) throw new Error(`oxlint did not run: ${run.stderr || run.stdout || run.error?.message}`);
  return JSON.parse(run.stdout).diagnostics.map(({ code, filename, message }) => ({
    rule: code,
    file: filename,
    detail: message,
  }));
};
