import { Module, type DynamicModule } from '@nestjs/common';
import { KeyVaultController, USE_CASES } from './adapters/nats/key-vault.controller.js';
import type { VaultUseCases } from './app/use-cases.js';

/** Joins what the vault does to what is asked over NATS. */
@Module({})
export class KeyVaultModule {
  static with(useCases: VaultUseCases): DynamicModule {
    return { module: KeyVaultModule, controllers: [KeyVaultController], providers: [{ provide: USE_CASES, useValue: useCases }] };
  }
}
