// `node tools/run.mjs exec tools/boundaries/report.mjs [imports|text|workspace|traces|proofs …]`: what breaks a rule of the house.
import { fileURLToPath } from 'node:url';
import { manifestAndLockViolations } from '../workspace/manifests.mjs';
import { traceViolations } from '../workspace/traces.mjs';
import { importViolations } from './imports.mjs';
import { proofFailures } from './proofs.mjs';
import { textViolations } from './text-rules.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const parts = {
  imports: importViolations,
  text: textViolations,
  workspace: manifestAndLockViolations,
  traces: traceViolations,
  proofs: proofFailures,
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((part) => !(part in parts));
if (unknown.length > 0) {
  console.error(`"${unknown.join(' ')}" is none of: ${Object.keys(parts).join(', ')}`);
  process.exit(64);
}
for (const part of wanted.length > 0 ? wanted : Object.keys(parts)) {
  const violations = await parts[part](root);
  for (const { rule, file, detail } of violations) console.log(`${file}: ${rule}: ${detail}`);
  if (violations.length > 0) process.exitCode = 1;
}
