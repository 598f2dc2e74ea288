import { readFileSync, writeFileSync } from 'node:fs';
import { asyncApiDocument } from './asyncapi/document.js';

// Writes docs/asyncapi.json; with --check it only compares, and fails where the file differs.
const file = new URL('../../../docs/asyncapi.json', import.meta.url);
const wanted = `${JSON.stringify(asyncApiDocument(), null, 2)}\n`;

const current = (): string | undefined => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
};

if (!process.argv.includes('--check')) {
  writeFileSync(file, wanted);
} else if (current() !== wanted) {
  process.stderr.write(
    'docs/asyncapi.json is not what the contracts say; run node packages/contracts/dist/generate-asyncapi.js\n',
  );
  process.exitCode = 1;
}
