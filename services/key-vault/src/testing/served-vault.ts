import 'reflect-metadata';
import { connectNats, createRpcServer, type Broker } from '@latchkey/messaging';
import type { MessageKey, TrustedKeys } from '@latchkey/sealing';
import { NestFactory } from '@nestjs/core';
import { createSessionDesk } from '../adapters/nats/session-desk.js';
import { KeyVaultModule } from '../key-vault.module.js';
import type { SessionRefusal } from '../telemetry/session-refusals.js';
import type { Vault } from '../vault.js';
import { quiet, type VaultFixture } from './vault-fixture.js';

type Options = {
  readonly fixture: VaultFixture;
  /** This process's own, over the fixture's database. */
  readonly vault: Vault;
  readonly server: { readonly url: string; readonly identities: { readonly 'key-vault': { readonly seed: string } } };
  readonly instance: string;
  readonly messageKey: MessageKey;
  readonly trustedKeys: TrustedKeys;
};

const notAsked = (): never => {
  throw new TypeError('this spec asks for signatures only');
};

/** One vault process on a broker, as `start.ts` joins it, without what has nothing to do with signing. */
export const serveVault = async ({ fixture, vault, server, instance, messageKey, trustedKeys }: Options) => {
  const refusals = new Map<SessionRefusal, number>();
  const count = (kind: SessionRefusal) => void refusals.set(kind, (refusals.get(kind) ?? 0) + 1);
  const { clock } = fixture;
  const broker: Broker = await connectNats({
    identity: 'key-vault',
    url: server.url,
    seed: server.identities['key-vault'].seed,
    log: quiet,
  });
  const strategy = createRpcServer({ broker, service: 'key-vault', trustedKeys, log: quiet, instance, clock });
  const { signStrings } = vault;
  const desk = createSessionDesk({ instance, messageKey, trustedKeys, signStrings, count, clock });
  const useCases = { ...vault, health: notAsked, replayEvents: notAsked };
  const app = await NestFactory.createMicroservice(KeyVaultModule.with(useCases, desk), { strategy, logger: false });
  await app.listen();
  await (await broker.connected()).flush();
  return {
    instance,
    refusals,
    close: async () => {
      await app.close();
      desk.close();
      await broker.close();
    },
  };
};
