import { Module, type DynamicModule } from '@nestjs/common';
import { KeyVaultController, SESSION_DESK, USE_CASES } from './adapters/nats/key-vault.controller.js';
import type { SessionDesk } from './adapters/nats/session-desk.js';
import type { VaultUseCases } from './app/use-cases.js';

/** Joins what the vault does to what is asked over NATS. */
@Module({})
export class KeyVaultModule {
  static with(useCases: VaultUseCases, desk: SessionDesk): DynamicModule {
    const providers = [
      { provide: USE_CASES, useValue: useCases },
      { provide: SESSION_DESK, useValue: desk },
    ];
    return { module: KeyVaultModule, controllers: [KeyVaultController], providers };
  }
}
