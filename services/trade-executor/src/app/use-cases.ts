import type { RpcReply, RpcRequest, RpcSubject } from '@latchkey/contracts';

type UseCase<Subject extends RpcSubject> = (request: RpcRequest<Subject>) => Promise<RpcReply<Subject>>;

/** Everything that others ask of the executor. */
export type ExecutorUseCases = {
  readonly setFollowing: UseCase<'cmd.trade-executor.set-following'>;
  readonly removeFollowing: UseCase<'cmd.trade-executor.remove-following'>;
  readonly haltTrading: UseCase<'cmd.trade-executor.halt-trading'>;
  readonly resumeTrading: UseCase<'cmd.trade-executor.resume-trading'>;
  readonly setRiskLimits: UseCase<'cmd.trade-executor.set-risk-limits'>;
  readonly riskLimits: UseCase<'qry.trade-executor.risk-limits'>;
  readonly preview: UseCase<'qry.trade-executor.preview'>;
  readonly paperAccount: UseCase<'qry.trade-executor.paper-account'>;
  readonly setPaperBalances: UseCase<'cmd.trade-executor.set-paper-balances'>;
  readonly verifyCredential: UseCase<'cmd.trade-executor.verify-credential'>;
  readonly egressAddresses: UseCase<'qry.trade-executor.egress-addresses'>;
  readonly following: UseCase<'qry.trade-executor.following'>;
  readonly trades: UseCase<'qry.trade-executor.trades'>;
  readonly trade: UseCase<'qry.trade-executor.trade'>;
  readonly performance: UseCase<'qry.trade-executor.performance'>;
  readonly positions: UseCase<'qry.trade-executor.positions'>;
  readonly signalTrades: UseCase<'qry.trade-executor.signal-trades'>;
  readonly deadLetters: UseCase<'qry.trade-executor.dead-letters'>;
  readonly work: UseCase<'qry.trade-executor.work'>;
  readonly health: UseCase<'qry.trade-executor.health'>;
  readonly replayEvents: UseCase<'cmd.trade-executor.replay'>;
};
