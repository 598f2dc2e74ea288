import 'reflect-metadata';
import { runService } from '@latchkey/service-kit';
import { keyVaultConfig } from './config.js';
import { start } from './start.js';

const fieldIsSecret = (field: { readonly meta: () => object | undefined }): boolean => {
  const { secret }: { readonly secret?: boolean } = field.meta() ?? {};
  return secret === true;
};

/** What the configuration calls a secret, and what the SDK of telemetry reads by itself. */
const secretNames: readonly string[] = [
  ...Object.entries(keyVaultConfig.shape)
    .filter(([, field]) => fieldIsSecret(field))
    .map(([name]) => name),
  'OTEL_EXPORTER_OTLP_HEADERS',
  'OTEL_EXPORTER_OTLP_TRACES_HEADERS',
  'OTEL_EXPORTER_OTLP_METRICS_HEADERS',
  'PGPASSWORD',
];

/** @param env the process's own; secrets are taken out of it once they were read, so that nothing the process says of itself later carries them */
export const run = (env: NodeJS.ProcessEnv): Promise<void> =>
  runService({
    service: 'key-vault',
    configSchema: keyVaultConfig,
    start: async (context) => {
      for (const name of secretNames) delete env[name];
      await start(context);
    },
  });
