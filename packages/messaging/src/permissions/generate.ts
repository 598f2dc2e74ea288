import { readFileSync, writeFileSync } from 'node:fs';
import { permissionsConf } from './render.js';

// The same depth from src/ and from dist/: packages/messaging/<one of them>/permissions.
const file = new URL('../../../../infra/nats/permissions.conf', import.meta.url);

const current = (): string | undefined => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
};

const wanted = permissionsConf();
if (!process.argv.includes('--check')) {
  writeFileSync(file, wanted);
  process.stdout.write('infra/nats/permissions.conf is written\n');
} else if (current() === wanted) {
  process.stdout.write('infra/nats/permissions.conf is up to date\n');
} else {
  process.stderr.write(
    'infra/nats/permissions.conf does not match packages/contracts; run node packages/messaging/dist/permissions/generate.js\n',
  );
  process.exitCode = 1;
}
