// Specs of real processes run what was built, so what they run is built from what stands in the sources now.
import { spawnSync } from 'node:child_process';

export const setup = () => {
  const built = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-b'], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (built.status !== 0) throw new Error('the sources do not compile: run `npm run build` and mend what it names');
};
