import 'reflect-metadata';
import { runService } from '@latchkey/service-kit';
import { keyVaultConfig } from './config.js';
import { start } from './start.js';

const secretNames = [
  'ENCRYPTION_KEY',
  'ENCRYPTION_KEY_PREVIOUS',
  'LEGACY_ENCRYPTION_KEY',
  'LATCHKEY_MESSAGE_KEY',
  'LATCHKEY_NKEY_SEED',
  'OTEL_EXPORTER_OTLP_HEADERS',
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
