// A rule that cannot fail guards nothing: every rule is shown a violation of itself and must name it, and must leave its neighbours alone.
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { manifestAndLockViolations } from '../workspace/manifests.mjs';
import { traceViolations } from '../workspace/traces.mjs';
import { importRuleNames, importViolations } from './imports.mjs';
import { lintViolations } from './lint.mjs';
import { harmless, plantedHost, violations } from './planted.mjs';
import { copyOfTree, plant } from './planted-copy.mjs';
import { textRules, textViolations } from './text-rules.mjs';

const foundIn = (copy, root) => {
  const isLintRule = ({ rule }) => rule.includes('(');
  const planted = [...violations, ...harmless].map(({ file }) => file);
  return [
    ...importViolations(copy),
    ...textViolations(copy),
    ...manifestAndLockViolations(copy),
    ...traceViolations(copy, { files: planted, repository: root, hosts: [plantedHost] }),
    ...lintViolations(
      copy,
      violations.filter(isLintRule).map(({ file }) => file),
    ),
  ];
};

const notFound = (found) =>
  violations
    .filter(({ rule, file }) => !found.some((one) => one.rule === rule && one.file === file))
    .map(({ rule, file }) => ({ rule, file, detail: 'was planted and not found: the rule does not bite' }));

const falseAlarms = (found) =>
  harmless.flatMap(({ file, also }) =>
    found
      .filter((one) => one.file === file && one.rule !== also)
      .map(({ rule, detail }) => ({ rule, file, detail: `is allowed and was reported all the same: ${detail}` })),
  );

const unproven = async (root) => {
  const proven = new Set(violations.map(({ rule }) => rule));
  return [...(await importRuleNames(root)), ...textRules.map(({ name }) => name)]
    .filter((name) => !proven.has(name))
    .map((name) => ({ rule: name, file: 'tools/boundaries/planted.mjs', detail: 'has no planted violation: add one' }));
};

/** dependency-cruiser must not be content with a tree that it sees nothing of. */
const blindness = (root) => {
  const empty = mkdtempSync(join(tmpdir(), 'latchkey-empty-'));
  try {
    for (const file of ['package.json', '.dependency-cruiser.mjs']) cpSync(join(root, file), join(empty, file));
    mkdirSync(join(empty, 'packages'));
    symlinkSync(join(root, 'node_modules'), join(empty, 'node_modules'), 'dir');
    const seen = importViolations(empty).some(({ rule }) => rule === 'every-module-was-read');
    return seen
      ? []
      : [{ rule: 'every-module-was-read', file: '.', detail: 'a tree without modules passed: the rule does not bite' }];
  } finally {
    rmSync(empty, { recursive: true, force: true });
  }
};

/** What is wrong with the rules themselves; nothing, when each bites where it must and only there. */
export const proofFailures = async (root) => {
  const copy = copyOfTree(root);
  try {
    for (const one of [...violations, ...harmless]) plant(copy, one);
    const found = foundIn(copy, root);
    return [...notFound(found), ...falseAlarms(found), ...(await unproven(root)), ...blindness(root)];
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
};
