import type { AuditEntry, Performance, RpcReply, TradeView } from '@latchkey/contracts';
import { traceIdOf, type SignalId, type StrategyId, type TradeId } from '@latchkey/kernel';
import type { Caller } from './caller.js';
import { refusal } from './errors.js';
import type { Page, Rpc, SignalRow, Signals } from './ports.js';

type Deps = { readonly rpc: Rpc; readonly signals: Signals };

export type SignalReport = {
  readonly signal: SignalRow;
  readonly traceId: string;
  readonly fanOut: 'pending' | 'done';
  readonly trades: readonly TradeView[];
  readonly total: number;
  /** All followers' trades by status; the strategy's owner only. */
  readonly counts?: Readonly<Record<string, number>>;
};

export type PerformanceFilter = Page & {
  readonly strategyId?: StrategyId | undefined;
  /** UTC days, both included. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
};

const pageOf = ({ cursor, limit }: Page) => (cursor === undefined ? { limit } : { cursor, limit });

/** What became of signals, as far as the caller may know. */
export const createTradingHistory = ({ rpc, signals }: Deps) => ({
  signal: async ({ userId }: Caller, signalId: SignalId): Promise<SignalReport> => {
    const signal = await signals.find(signalId);
    if (!signal) throw refusal('signal.not_found');
    const { fanOut, trades, counts, total } = await rpc.call('qry.trade-executor.signal-trades', { userId, signalId });
    const isOwner = signal.ownerId === userId;
    if (!isOwner && trades.length === 0) throw refusal('signal.not_found');
    return {
      signal,
      traceId: traceIdOf(signal.traceparent),
      fanOut,
      trades,
      ...(isOwner ? { total, counts } : { total: trades.length }),
    };
  },

  trades: ({ userId }: Caller, page: Page): Promise<RpcReply<'qry.trade-executor.trades'>> =>
    rpc.call('qry.trade-executor.trades', { userId, ...pageOf(page) }),

  /** What the caller's followings own, and where an account holds something else. */
  positions: ({ userId }: Caller): Promise<RpcReply<'qry.trade-executor.positions'>> =>
    rpc.call('qry.trade-executor.positions', { userId }),

  /** What the caller's followings made. */
  performance: ({ userId }: Caller, { strategyId, from, to, ...page }: PerformanceFilter): Promise<Performance> =>
    rpc.call('qry.trade-executor.performance', {
      userId,
      ...(strategyId !== undefined && { strategyId }),
      ...(from !== undefined && { from }),
      ...(to !== undefined && { to }),
      ...pageOf(page),
    }),

  trade: async ({ userId }: Caller, tradeId: TradeId) => {
    const { trade, timeline, traceId } = await rpc.call('qry.trade-executor.trade', { userId, tradeId });
    if (!trade) throw refusal('trade.not_found');
    return { trade, timeline, traceId };
  },

  /** The caller's own trail; auditors read everybody's. */
  audit: (
    { userId, roles }: Caller,
    page: Page,
  ): Promise<{ readonly entries: readonly AuditEntry[]; readonly nextCursor: string | null }> =>
    rpc.call('qry.audit.entries', { ...(roles.includes('auditor') ? {} : { userId }), ...pageOf(page) }),
});
export type TradingHistory = ReturnType<typeof createTradingHistory>;
