import { startTelemetry } from '@latchkey/service-kit/telemetry';
import { closeReach } from './adapters/process/close-reach.js';
import { keepMemoryIn } from './adapters/process/keep-memory-in.js';
import { reachOf } from './adapters/process/reach.js';
import { debuggingProblem } from './adapters/process/refuse-debugging.js';

// A core dump or a diagnostic report would carry keys to disk. (The signal that opens the inspector is switched off by --disable-sigusr1,
// which only the launcher can give.)
keepMemoryIn();
const problem = debuggingProblem({ execArgv: process.execArgv, nodeOptions: process.env['NODE_OPTIONS'] });
if (problem !== undefined) {
  process.stderr.write(`${problem}\n`);
  process.exit(78); // sysexits.h, EX_CONFIG, as for every other wrong setting
}
// Before anything else is loaded: what comes later finds no way out but to the addresses that are configured.
closeReach(reachOf(process.env));

// What is loaded before telemetry is not seen by it, so the service itself comes after.
await startTelemetry({ service: 'key-vault', packageFile: new URL('../package.json', import.meta.url), env: process.env });
const { run } = await import('./run.js');
await run(process.env);
