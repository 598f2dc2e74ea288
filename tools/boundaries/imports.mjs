// The rules about imports: dependency-cruiser over a tree, and the proof that it really read that tree.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { sourceFiles } from './source-files.mjs';

const folders = ['packages', 'services', 'tests', 'bench'];

/** The names of the rules about imports, each of which needs a planted violation. */
export const importRuleNames = async (root) => {
  const { default: config } = await import(pathToFileURL(join(root, '.dependency-cruiser.mjs')).href);
  return config.forbidden.map(({ name }) => name);
};

/** What is imported against the rules of `.dependency-cruiser.mjs` in the tree at `root`: `{rule, file, detail}` for each. */
export const importViolations = (root) => {
  const cli = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
  const args = [
    cli,
    ...folders.filter((folder) => existsSync(join(root, folder))),
    '--config',
    '.dependency-cruiser.mjs',
    '--output-type',
    'json',
  ];
  const run = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 });
  if (!run.stdout.startsWith('{'))
    throw new Error(`dependency-cruiser did not run: ${run.stderr || run.stdout || run.error?.message}`);
  const { modules, summary } = JSON.parse(run.stdout);
  return [...unread(root, modules), ...summary.violations.map(asViolation)];
};

// Without a TypeScript that it can parse with, dependency-cruiser sees no import at all and is content.
const unread = (root, modules) => {
  const seen = new Set(modules.map(({ source }) => source));
  const files = sourceFiles(root).filter((file) => file.endsWith('.ts') && folders.includes(file.split('/')[0]));
  const missed = files.filter((file) => !seen.has(file));
  const edges = modules.reduce((sum, { dependencies }) => sum + dependencies.length, 0);
  if (files.length === 0) return [{ rule: 'every-module-was-read', file: '.', detail: 'there is no source file to check' }];
  if (edges === 0)
    return [{ rule: 'every-module-was-read', file: '.', detail: `${modules.length} modules and not one import were seen` }];
  return missed.map((file) => ({ rule: 'every-module-was-read', file, detail: 'dependency-cruiser did not read it' }));
};

const asViolation = ({ rule, from, to, cycle, comment }) => ({
  rule: rule.name,
  file: from,
  detail: [cycle ? cycle.map(({ name }) => name).join(' → ') : `imports ${to}`, comment].filter(Boolean).join('. '),
});
