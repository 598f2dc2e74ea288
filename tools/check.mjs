// What `npm run check` runs: all that can be said about the tree without starting it. Every step runs, also after one failed.
// Arguments choose steps by the beginning of their names: `npm run check -- lint format`.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generated } from './generated.mjs';
import { closingLine } from './lib/closing-line.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const node = process.execPath;
const boundaries = (part) => [node, 'tools/boundaries/report.mjs', part];

const steps = [
  { name: 'types', command: [node, 'node_modules/typescript/bin/tsc', '-b'] },
  { name: 'lint', command: ['oxlint', '--type-aware', '--deny-warnings'] },
  { name: 'imports', command: boundaries('imports') },
  { name: 'words in their places', command: boundaries('text') },
  { name: 'manifests and lock file', command: boundaries('workspace') },
  { name: 'no trace of a machine or a merge', command: boundaries('traces') },
  { name: 'rules bite', command: boundaries('proofs') },
  { name: 'unused', command: ['knip', '--no-config-hints', '--no-progress'] },
  { name: 'OpenAPI', command: ['redocly', 'lint', 'latchkey'] },
  { name: 'format', command: ['oxfmt', '--check', '.'] },
  ...generated.map(({ name, command }) => ({ name: `generated: ${name}`, command: [node, ...command] })),
];

const run = ([program, ...args]) =>
  new Promise((resolve) => {
    const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
    child.on('error', (error) => resolve({ ok: false, output: `"${program}" did not start: ${error.message}` }));
    child.on('close', (code) => resolve({ ok: code === 0, output }));
  });

const wanted = process.argv.slice(2);
const isWanted = ({ name }) => wanted.length === 0 || wanted.some((start) => name.startsWith(start));
const chosen = steps.filter(isWanted);
if (chosen.length === 0) {
  console.error(`"${wanted.join(' ')}" is no step; the steps are: ${steps.map(({ name }) => name).join(', ')}`);
  process.exit(64);
}

// `oxlint`, `knip` and `oxfmt` stand there; run.mjs puts it first, a bare `node tools/check.mjs` may not.
process.env.PATH = `${join(root, 'node_modules/.bin')}:${process.env.PATH}`;

// The document is nobody else's business, and a newer linter is a matter for the manifest.
process.env.REDOCLY_TELEMETRY = 'off';
process.env.REDOCLY_SUPPRESS_UPDATE_NOTICE = 'true';

const failed = [];
for (const { name, command } of chosen) {
  const started = performance.now();
  const { ok, output } = await run(command);
  const seconds = ((performance.now() - started) / 1000).toFixed(1).padStart(5);
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${seconds} s  ${name}`);
  if (ok) continue;
  failed.push(name);
  console.log(output.trimEnd().replaceAll(/^/gm, '       '));
}

if (failed.length > 0) console.log(`\nfailed: ${failed.join(', ')}`);
console.log(closingLine({ passed: chosen.length - failed.length, failed: failed.length }));
process.exitCode = failed.length > 0 ? 1 : 0;
