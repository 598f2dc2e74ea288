import 'reflect-metadata';
import { readFileSync, writeFileSync } from 'node:fs';
import { errorsMarkdown } from './documents/errors-markdown.js';
import { openApiText } from './documents/openapi-text.js';

// Writes what is generated from this service into docs/; with --check it only compares, and fails where they differ.
const docs = new URL('../../../docs/', import.meta.url);
const generated: Readonly<Record<string, string>> = { 'errors.md': errorsMarkdown(), 'openapi.json': await openApiText() };

const current = (name: string): string => {
  try {
    return readFileSync(new URL(name, docs), 'utf8');
  } catch {
    return '';
  }
};

const stale = Object.entries(generated).filter(([name, text]) => current(name) !== text);
if (process.argv.includes('--check')) {
  for (const [name] of stale)
    process.stderr.write(`docs/${name} is not what the code says; run node services/gateway/dist/generate-documents.js\n`);
  process.exitCode = stale.length > 0 ? 1 : 0;
} else {
  for (const [name, text] of stale) writeFileSync(new URL(name, docs), text);
}
