// What every package.json, tsconfig.json and the lock file must agree on.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { workspacesOf } from './workspaces.mjs';

const dependenciesOf = ({ dependencies = {}, devDependencies = {}, optionalDependencies = {} }) => ({
  ...dependencies,
  ...devDependencies,
  ...optionalDependencies,
});

const difference = (wanted, found) => [...wanted].filter((item) => !found.has(item));

const compare = ({ file, wanted, found, rule, remedy }) => [
  ...difference(wanted, found).map((item) => ({ rule, file, detail: `lacks ${item}. ${remedy}` })),
  ...difference(found, wanted).map((item) => ({ rule, file, detail: `names ${item} without need. ${remedy}` })),
];

/** TypeScript builds what the references name, pnpm links what the dependencies name: where they differ one of them lies. */
const referenceViolations = (root, workspaces) => {
  const folders = new Map(workspaces.map(({ folder, manifest }) => [manifest.name, folder]));
  const rule = 'references-equal-dependencies';
  const ownOf = (manifest) => Object.keys(dependenciesOf(manifest)).filter((name) => folders.has(name));
  const each = workspaces
    .filter(({ references }) => references !== undefined)
    .flatMap(({ folder, manifest, references }) =>
      compare({
        rule,
        file: `${folder}/tsconfig.json`,
        wanted: new Set(ownOf(manifest).map((name) => folders.get(name))),
        found: new Set(references),
        remedy: 'References and workspace dependencies are the same list',
      }),
    );
  const built = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8')).references.map(({ path }) => path);
  const wanted = new Set(workspaces.filter(({ references }) => references !== undefined).map(({ folder }) => folder));
  const remedy = '`tsc -b` in the root builds what stands there';
  return [...each, ...compare({ rule, file: 'tsconfig.json', wanted, found: new Set(built), remedy })];
};

const manifestViolations = ({ folder, manifest }) => {
  const file = `${folder}/package.json`;
  const own = Object.entries(dependenciesOf(manifest)).filter(([name]) => name.startsWith('@latchkey/'));
  const foreign = Object.entries(dependenciesOf(manifest)).filter(([name]) => !name.startsWith('@latchkey/'));
  const bad = (rule, detail) => ({ rule, file, detail });
  const entries = Object.entries(manifest.exports ?? {}).filter(([, entry]) => !entry['@latchkey/source']);
  return [
    ...foreign
      .filter(([, range]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(range))
      .map(([name, range]) => bad('versions-are-exact', `${name} is "${range}": pin one version, e.g. "1.2.3"`)),
    ...own
      .filter(([, range]) => range !== 'workspace:*')
      .map(([name]) => bad('versions-are-exact', `${name} must be "workspace:*"`)),
    ...(manifest.private === true ? [] : [bad('workspaces-are-private', 'needs `"private": true`: nothing here is published')]),
    ...(manifest.license === 'Apache-2.0' ? [] : [bad('workspaces-name-the-licence', 'needs `"license": "Apache-2.0"`')]),
    ...(manifest.type === 'module' ? [] : [bad('workspaces-are-modules', 'needs `"type": "module"`')]),
    ...entries.map(([name]) =>
      bad('entries-have-a-source', `exports["${name}"] needs "@latchkey/source" as its first condition`),
    ),
  ];
};

/** A lock file that names where things came from works on one machine, or trusts one host. */
const lockViolations = (root) =>
  readFileSync(join(root, 'pnpm-lock.yaml'), 'utf8')
    .split('\n')
    .flatMap((line, index) =>
      /\btarball:|\bresolved\b|https?:\/\/|git\+/.test(line)
        ? [
            {
              rule: 'lock-names-no-host',
              file: 'pnpm-lock.yaml',
              detail: `line ${index + 1}: ${line.trim()}. Install from the registry's default`,
            },
          ]
        : [],
    );

export const manifestAndLockViolations = (root) => {
  const workspaces = workspacesOf(root);
  if (workspaces.length === 0) return [{ rule: 'every-workspace-was-read', file: '.', detail: 'there is no workspace to check' }];
  return [...referenceViolations(root, workspaces), ...workspaces.flatMap(manifestViolations), ...lockViolations(root)];
};
