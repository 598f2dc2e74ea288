// Who may import whom (docs/architecture.md, "The house"). What imports cannot show stands in tools/boundaries/text-rules.mjs;
// tools/boundaries/planted.mjs holds a violation of each rule, and `npm run check` fails when one of them is not found.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folders = ['packages', 'services', 'tests'];
const workspaces = folders
  .filter((folder) => existsSync(folder))
  .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
  .filter((path) => existsSync(join(path, 'package.json')))
  .map((path) => ({ path, manifest: JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) }));

const escaped = (text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

// The public entries are those that a package.json names: nothing else of a workspace may be imported from outside it.
const publicEntries = workspaces.flatMap(({ path, manifest }) =>
  Object.values(manifest.exports ?? {})
    .map((entry) => entry['@latchkey/source'])
    .filter(Boolean)
    .map((source) => `^${escaped(join(path, source))}$`),
);
// A service that no package.json names resolves to nothing and keeps the name it was imported by.
const serviceNames = workspaces
  .filter(({ path }) => path.startsWith('services/'))
  .map(({ manifest }) => `^${escaped(manifest.name)}(/|$)`);

const folderOf = new Map(workspaces.map(({ path, manifest }) => [manifest.name, path]));

const specs = String.raw`\.spec\.ts$|(^|/)testing/|^tests/`;
const library = (names) => `(^|/)node_modules/(${names})(/|$)|^(${names})(/|$)`;
// Two packages are domain code from end to end.
const domain = '(^|/)src/domain/|^packages/audit-record/src/';
const kernel = '^packages/kernel/src/';

const devDependency = {
  name: 'no-dev-dependency-at-run-time',
  comment: 'A production image has no dev dependencies: move it to "dependencies", or import its types only.',
  severity: 'error',
};

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'service-imports-no-service',
      comment: 'Services meet on NATS subjects only: put the message into packages/contracts.',
      severity: 'error',
      from: { path: '^services/([^/]+)/' },
      to: { path: ['^services/', ...serviceNames], pathNot: '^services/$1/' },
    },
    {
      name: 'package-imports-no-service',
      comment: 'A package knows no service: turn the dependency round, or move the code into the service.',
      severity: 'error',
      from: { path: '^packages/' },
      to: { path: ['^services/', ...serviceNames] },
    },
    {
      name: 'no-deep-import',
      comment: 'Import a workspace by its name and take what its entry exports; export there what is missing.',
      severity: 'error',
      from: { path: '^(packages|services|tests)/([^/]+)/' },
      to: { path: '^(packages|services|tests)/[^/]+/', pathNot: ['^$1/$2/', ...publicEntries] },
    },
    {
      name: 'only-trade-executor-imports-ccxt',
      comment: 'Only the trade executor talks to exchanges (and specs that compare with the real client).',
      severity: 'error',
      from: { path: '^(packages|services)/', pathNot: ['^services/trade-executor/', specs] },
      to: { path: library('ccxt') },
    },
    {
      name: 'domain-is-pure',
      comment: 'Domain code gets time, ids, prices and I/O from outside; hashing is the one thing of Node that it may use.',
      severity: 'error',
      from: { path: [domain, kernel], pathNot: String.raw`\.spec\.ts$` },
      to: {
        path: [
          library(
            '@nestjs/[^/]+|@nats-io/[^/]+|nats|pg|drizzle-orm|ccxt|pino|fastify|@fastify/[^/]+|undici|@opentelemetry/[^/]+|rxjs',
          ),
          '^packages/(?!kernel/|contracts/|audit-record/)',
        ],
      },
    },
    {
      name: 'domain-uses-no-node-io',
      comment:
        'Of Node itself, domain code may use node:crypto for hashing (randomness in it is a text rule) and node:assert, node:buffer.',
      severity: 'error',
      from: { path: [domain, kernel], pathNot: String.raw`\.spec\.ts$` },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?(crypto|assert|buffer)$' },
    },
    {
      name: 'kernel-crypto-in-few-files',
      comment:
        'Everything in the kernel but ids, trace ids and the canonical hash is arithmetic: node:crypto has no place there.',
      severity: 'error',
      from: { path: kernel, pathNot: ['/(ids|traceparent|canonical-json)\\.ts$', String.raw`\.spec\.ts$`] },
      to: { dependencyTypes: ['core'], path: '^(node:)?crypto$' },
    },
    {
      name: 'arrows-point-inward',
      comment: 'adapters → app → domain: let the app name a port, and give it the adapter where the parts are joined.',
      severity: 'error',
      from: { path: '^(.+/src)/domain/', pathNot: specs },
      to: { path: '^$1/(app|adapters)/' },
    },
    {
      name: 'app-knows-no-adapter',
      comment:
        'adapters → app → domain: let the app name a port (app/ports.ts), and give it the adapter where the parts are joined.',
      severity: 'error',
      from: { path: '^(.+/src)/app/', pathNot: specs },
      to: { path: '^$1/adapters/' },
    },
    {
      name: 'testkit-in-specs-only',
      comment: 'What runs in production knows nothing of the testkit, nor of a testing/ folder.',
      severity: 'error',
      // What only measures fills a vault's database as specs do.
      from: { pathNot: [specs, '^packages/testkit/', '^bench/'] },
      to: { path: '^packages/testkit/|^@latchkey/testkit(/|$)|^(packages|services)/.+/testing/' },
    },
    {
      name: 'no-cycle',
      comment: 'Two files that need each other are one idea, or lack a third that both may know.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-unresolved-import',
      comment: 'Declare it in the package.json of the workspace that imports it.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: serviceNames },
    },
    {
      name: 'no-undeclared-dependency',
      comment:
        'It is here by luck (a dependency of the root or of another library): declare it in the workspace that imports it.',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'], pathNot: library('vitest|fast-check') },
    },
    {
      ...devDependency,
      from: { path: '^(packages|services)/[^/]+/src/', pathNot: [specs, '^packages/testkit/'] },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    // dependency-cruiser cannot tell how a linked workspace was declared, so each one says it here.
    ...workspaces.flatMap(({ path, manifest }) =>
      Object.keys(manifest.devDependencies ?? {})
        .filter((name) => folderOf.has(name))
        .map((name) => ({
          ...devDependency,
          from: { path: `^${escaped(path)}/src/`, pathNot: specs },
          to: { path: `^${escaped(folderOf.get(name))}/`, dependencyTypesNot: ['type-only'] },
        })),
    ),
  ],
  options: {
    // Not every `dist`: many libraries keep what we import of them in theirs.
    exclude: { path: '^(packages|services|tests)/[^/]+/dist/' },
    doNotFollow: { path: '(^|/)node_modules/' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@latchkey/source', 'import', 'node', 'types', 'default'],
      mainFields: ['module', 'main', 'types'],
      extensions: ['.ts', '.mts', '.js', '.mjs', '.cjs', '.json', '.d.ts'],
    },
  },
};
