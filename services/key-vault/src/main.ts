import { startTelemetry } from '@latchkey/service-kit/telemetry';
import { keepMemoryIn } from './adapters/process/keep-memory-in.js';

// A core dump or a diagnostic report would carry keys to disk. (The signal that opens the inspector is switched off by --disable-sigusr1,
// which only the launcher can give.)
keepMemoryIn();

// What is loaded before telemetry is not seen by it, so the service itself comes after.
await startTelemetry({ service: 'key-vault', packageFile: new URL('../package.json', import.meta.url), env: process.env });
const { run } = await import('./run.js');
await run(process.env);
