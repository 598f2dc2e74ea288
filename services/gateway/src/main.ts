import { startTelemetry } from '@latchkey/service-kit/telemetry';

// What is loaded before telemetry is not seen by it, so the service itself comes after.
await startTelemetry({ service: 'gateway', packageFile: new URL('../package.json', import.meta.url), env: process.env });
const { run } = await import('./run.js');
await run();
