import 'reflect-metadata';
import { runService } from '@latchkey/service-kit';
import { keepMemoryIn } from './adapters/process/keep-memory-in.js';
import { keyVaultConfig } from './config.js';
import { start } from './start.js';

// A core dump or a diagnostic report would carry keys to disk. (The signal that opens the inspector is switched off by --disable-sigusr1,
// which only the launcher can give.)
keepMemoryIn();

await runService({
  service: 'key-vault',
  configSchema: keyVaultConfig,
  start: async (context) => {
    // Read by now; nothing that this process says of itself later can carry it.
    for (const name of ['ENCRYPTION_KEY', 'ENCRYPTION_KEY_PREVIOUS', 'LATCHKEY_MESSAGE_KEY', 'LATCHKEY_NKEY_SEED']) {
      delete process.env[name];
    }
    await start(context);
  },
});
