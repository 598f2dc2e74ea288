import type { RpcReply, RpcRequest } from '@latchkey/contracts';
import { Rpc } from '@latchkey/messaging';
import { Controller, Inject } from '@nestjs/common';
import type { ExecutorUseCases } from '../../app/use-cases.js';

export const USE_CASES = Symbol('ExecutorUseCases');

/** What others ask of the executor, over NATS. Requests were checked against their rows, and their senders, before they come here. */
@Controller()
export class TradeExecutorController {
  readonly #executor: ExecutorUseCases;

  constructor(@Inject(USE_CASES) executor: ExecutorUseCases) {
    this.#executor = executor;
  }

  @Rpc('cmd.trade-executor.set-following')
  setFollowing(request: RpcRequest<'cmd.trade-executor.set-following'>): Promise<RpcReply<'cmd.trade-executor.set-following'>> {
    return this.#executor.setFollowing(request);
  }

  @Rpc('cmd.trade-executor.remove-following')
  removeFollowing(
    request: RpcRequest<'cmd.trade-executor.remove-following'>,
  ): Promise<RpcReply<'cmd.trade-executor.remove-following'>> {
    return this.#executor.removeFollowing(request);
  }

  @Rpc('cmd.trade-executor.halt-trading')
  haltTrading(request: RpcRequest<'cmd.trade-executor.halt-trading'>): Promise<RpcReply<'cmd.trade-executor.halt-trading'>> {
    return this.#executor.haltTrading(request);
  }

  @Rpc('cmd.trade-executor.resume-trading')
  resumeTrading(
    request: RpcRequest<'cmd.trade-executor.resume-trading'>,
  ): Promise<RpcReply<'cmd.trade-executor.resume-trading'>> {
    return this.#executor.resumeTrading(request);
  }

  @Rpc('cmd.trade-executor.set-risk-limits')
  setRiskLimits(
    request: RpcRequest<'cmd.trade-executor.set-risk-limits'>,
  ): Promise<RpcReply<'cmd.trade-executor.set-risk-limits'>> {
    return this.#executor.setRiskLimits(request);
  }

  @Rpc('qry.trade-executor.risk-limits')
  riskLimits(request: RpcRequest<'qry.trade-executor.risk-limits'>): Promise<RpcReply<'qry.trade-executor.risk-limits'>> {
    return this.#executor.riskLimits(request);
  }

  @Rpc('qry.trade-executor.preview')
  preview(request: RpcRequest<'qry.trade-executor.preview'>): Promise<RpcReply<'qry.trade-executor.preview'>> {
    return this.#executor.preview(request);
  }

  @Rpc('qry.trade-executor.paper-account')
  paperAccount(request: RpcRequest<'qry.trade-executor.paper-account'>): Promise<RpcReply<'qry.trade-executor.paper-account'>> {
    return this.#executor.paperAccount(request);
  }

  @Rpc('cmd.trade-executor.set-paper-balances')
  setPaperBalances(
    request: RpcRequest<'cmd.trade-executor.set-paper-balances'>,
  ): Promise<RpcReply<'cmd.trade-executor.set-paper-balances'>> {
    return this.#executor.setPaperBalances(request);
  }

  @Rpc('cmd.trade-executor.verify-credential')
  verifyCredential(
    request: RpcRequest<'cmd.trade-executor.verify-credential'>,
  ): Promise<RpcReply<'cmd.trade-executor.verify-credential'>> {
    return this.#executor.verifyCredential(request);
  }

  @Rpc('qry.trade-executor.egress-addresses')
  egressAddresses(): Promise<RpcReply<'qry.trade-executor.egress-addresses'>> {
    return this.#executor.egressAddresses({});
  }

  @Rpc('qry.trade-executor.following')
  following(request: RpcRequest<'qry.trade-executor.following'>): Promise<RpcReply<'qry.trade-executor.following'>> {
    return this.#executor.following(request);
  }

  @Rpc('qry.trade-executor.trades')
  trades(request: RpcRequest<'qry.trade-executor.trades'>): Promise<RpcReply<'qry.trade-executor.trades'>> {
    return this.#executor.trades(request);
  }

  @Rpc('qry.trade-executor.trade')
  trade(request: RpcRequest<'qry.trade-executor.trade'>): Promise<RpcReply<'qry.trade-executor.trade'>> {
    return this.#executor.trade(request);
  }

  @Rpc('qry.trade-executor.performance')
  performance(request: RpcRequest<'qry.trade-executor.performance'>): Promise<RpcReply<'qry.trade-executor.performance'>> {
    return this.#executor.performance(request);
  }

  @Rpc('qry.trade-executor.positions')
  positions(request: RpcRequest<'qry.trade-executor.positions'>): Promise<RpcReply<'qry.trade-executor.positions'>> {
    return this.#executor.positions(request);
  }

  @Rpc('qry.trade-executor.signal-trades')
  signalTrades(request: RpcRequest<'qry.trade-executor.signal-trades'>): Promise<RpcReply<'qry.trade-executor.signal-trades'>> {
    return this.#executor.signalTrades(request);
  }

  @Rpc('qry.trade-executor.dead-letters')
  deadLetters(): Promise<RpcReply<'qry.trade-executor.dead-letters'>> {
    return this.#executor.deadLetters({});
  }

  @Rpc('qry.trade-executor.work')
  work(): Promise<RpcReply<'qry.trade-executor.work'>> {
    return this.#executor.work({});
  }

  @Rpc('qry.trade-executor.health')
  health(): Promise<RpcReply<'qry.trade-executor.health'>> {
    return this.#executor.health({});
  }

  @Rpc('cmd.trade-executor.replay')
  replay(request: RpcRequest<'cmd.trade-executor.replay'>): Promise<RpcReply<'cmd.trade-executor.replay'>> {
    return this.#executor.replayEvents(request);
  }
}
