// Writes docs/configuration.md and .env.example from the schemas by which the services read their environment. `--check` compares only.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('../', import.meta.url);
const load = (path) => import(new URL(path, root).href);
const [{ baseConfig, configMarkdown, configReference, envExample }, { settingsSchema }] = await Promise.all([
  load('packages/service-kit/dist/index.js'),
  load('packages/local-stack/dist/settings.js'),
]);
const services = [
  ['gateway', 'gatewayConfig'],
  ['key-vault', 'keyVaultConfig'],
  ['trade-executor', 'tradeExecutorConfig'],
  ['audit', 'auditConfig'],
];
const own = await Promise.all(
  services.map(async ([name, schema]) => {
    const { [schema]: config } = await load(`services/${name}/dist/config.js`);
    return [name, configReference(config).filter((row) => !Object.hasOwn(baseConfig, row.name))];
  }),
);
const shared = await load(`services/audit/dist/config.js`);

const sections = [
  {
    title: 'npm start',
    intro:
      'All optional: the embedded default makes every key and address itself. What is set for a service reaches that service.',
    rows: configReference(settingsSchema),
  },
  {
    title: 'Every service',
    intro: 'Each of these, and each secret below, may also be given as a file: `NAME_FILE` is read when `NAME` is not set.',
    rows: configReference(shared.auditConfig),
  },
  ...own.filter(([, rows]) => rows.length > 0).map(([title, rows]) => ({ title, rows })),
];

const files = {
  'docs/configuration.md': `# Configuration\n\nGenerated from the schemas (\`node tools/run.mjs exec tools/generate-configuration.mjs\`); edit those.\n\n${configMarkdown(sections)}`,
  '.env.example': `# Generated from the schemas by which the services read their environment; see docs/configuration.md.\n\n${envExample(sections)}`,
};

const stale = Object.entries(files).filter(([path, text]) => {
  const url = new URL(path, root);
  if (!process.argv.includes('--check')) writeFileSync(url, text);
  try {
    return readFileSync(url, 'utf8') !== text;
  } catch {
    return true;
  }
});
for (const [path] of stale)
  console.error(
    `${fileURLToPath(new URL(path, root))} is not up to date; run: node tools/run.mjs exec tools/generate-configuration.mjs`,
  );
process.exitCode = stale.length > 0 ? 1 : 0;
