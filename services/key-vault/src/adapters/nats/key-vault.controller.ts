import type { RpcReply, RpcRequest } from '@latchkey/contracts';
import { Rpc, type RpcContext } from '@latchkey/messaging';
import { Controller, Inject } from '@nestjs/common';
import type { VaultUseCases } from '../../app/use-cases.js';
import type { SessionDesk } from './session-desk.js';

export const USE_CASES = Symbol('VaultUseCases');
export const SESSION_DESK = Symbol('SessionDesk');

/** What others ask of the vault, over NATS. Requests were checked against their rows, and their senders, before they come here. */
@Controller()
export class KeyVaultController {
  readonly #vault: VaultUseCases;
  readonly #desk: SessionDesk;

  constructor(@Inject(USE_CASES) vault: VaultUseCases, @Inject(SESSION_DESK) desk: SessionDesk) {
    this.#vault = vault;
    this.#desk = desk;
  }

  @Rpc('cmd.key-vault.save-credential')
  saveCredential(request: RpcRequest<'cmd.key-vault.save-credential'>): Promise<RpcReply<'cmd.key-vault.save-credential'>> {
    return this.#vault.saveCredential(request);
  }

  @Rpc('cmd.key-vault.generate-key-pair')
  generateKeyPair(request: RpcRequest<'cmd.key-vault.generate-key-pair'>): Promise<RpcReply<'cmd.key-vault.generate-key-pair'>> {
    return this.#vault.generateKeyPair(request);
  }

  @Rpc('cmd.key-vault.activate-key-pair')
  activateKeyPair(request: RpcRequest<'cmd.key-vault.activate-key-pair'>): Promise<RpcReply<'cmd.key-vault.activate-key-pair'>> {
    return this.#vault.activateKeyPair(request);
  }

  @Rpc('cmd.key-vault.import-credentials')
  importCredentials(
    request: RpcRequest<'cmd.key-vault.import-credentials'>,
  ): Promise<RpcReply<'cmd.key-vault.import-credentials'>> {
    return this.#vault.importCredentials(request);
  }

  @Rpc('cmd.key-vault.delete-credential')
  deleteCredential(request: RpcRequest<'cmd.key-vault.delete-credential'>): Promise<RpcReply<'cmd.key-vault.delete-credential'>> {
    return this.#vault.deleteCredential(request);
  }

  @Rpc('cmd.key-vault.begin-verification')
  beginVerification(
    request: RpcRequest<'cmd.key-vault.begin-verification'>,
  ): Promise<RpcReply<'cmd.key-vault.begin-verification'>> {
    return this.#vault.beginVerification(request);
  }

  @Rpc('cmd.key-vault.complete-verification')
  completeVerification(
    request: RpcRequest<'cmd.key-vault.complete-verification'>,
  ): Promise<RpcReply<'cmd.key-vault.complete-verification'>> {
    return this.#vault.completeVerification(request);
  }

  @Rpc('cmd.key-vault.open-session')
  openSession(
    request: RpcRequest<'cmd.key-vault.open-session'>,
    { caller }: RpcContext,
  ): Promise<RpcReply<'cmd.key-vault.open-session'>> {
    return this.#desk.open(request, caller);
  }

  @Rpc('cmd.key-vault.session')
  session(request: RpcRequest<'cmd.key-vault.session'>): Promise<RpcReply<'cmd.key-vault.session'>> {
    return this.#desk.answer(request);
  }

  @Rpc('cmd.key-vault.freeze')
  freeze(request: RpcRequest<'cmd.key-vault.freeze'>): Promise<RpcReply<'cmd.key-vault.freeze'>> {
    return this.#vault.freezeVault(request);
  }

  @Rpc('cmd.key-vault.thaw')
  thaw(request: RpcRequest<'cmd.key-vault.thaw'>): Promise<RpcReply<'cmd.key-vault.thaw'>> {
    return this.#vault.thawVault(request);
  }

  @Rpc('qry.key-vault.freeze')
  freezeState(): Promise<RpcReply<'qry.key-vault.freeze'>> {
    return this.#vault.freezeState();
  }

  @Rpc('qry.key-vault.credentials')
  credentials(request: RpcRequest<'qry.key-vault.credentials'>): Promise<RpcReply<'qry.key-vault.credentials'>> {
    return this.#vault.listCredentials(request);
  }

  @Rpc('qry.key-vault.history')
  history(request: RpcRequest<'qry.key-vault.history'>): Promise<RpcReply<'qry.key-vault.history'>> {
    return this.#vault.credentialHistory(request);
  }

  @Rpc('qry.key-vault.sealing-key')
  sealingKey(): Promise<RpcReply<'qry.key-vault.sealing-key'>> {
    return this.#vault.sealingKey();
  }

  @Rpc('qry.key-vault.keys')
  async keys({ context }: RpcRequest<'qry.key-vault.keys'>): Promise<RpcReply<'qry.key-vault.keys'>> {
    return this.#vault.answerOperator(context, await this.#vault.listKeys());
  }

  @Rpc('cmd.key-vault.rotate-keys')
  async rotateKeys(request: RpcRequest<'cmd.key-vault.rotate-keys'>): Promise<RpcReply<'cmd.key-vault.rotate-keys'>> {
    return this.#vault.answerOperator(request.context, await this.#vault.rotateKeys(request));
  }

  @Rpc('cmd.key-vault.retire-key')
  async retireKey(request: RpcRequest<'cmd.key-vault.retire-key'>): Promise<RpcReply<'cmd.key-vault.retire-key'>> {
    return this.#vault.answerOperator(request.context, await this.#vault.retireKey(request));
  }

  @Rpc('qry.key-vault.dead-letters')
  deadLetters(): Promise<RpcReply<'qry.key-vault.dead-letters'>> {
    return this.#vault.deadLetters();
  }

  @Rpc('qry.key-vault.health')
  health(): Promise<RpcReply<'qry.key-vault.health'>> {
    return this.#vault.health();
  }

  @Rpc('cmd.key-vault.replay')
  replay(request: RpcRequest<'cmd.key-vault.replay'>): Promise<RpcReply<'cmd.key-vault.replay'>> {
    return this.#vault.replayEvents(request);
  }
}
