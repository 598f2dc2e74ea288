import type { RpcReply, TimelineEntry, TradeView } from '@latchkey/contracts';
import type { SignalId, TradeId, UserId } from '@latchkey/kernel';

/** Trades as their owners read them; what is somebody else's looks as if it were not there. */
export type TradeViews = {
  /** Newest first. @throws {ExecutorError} `trades.cursor_invalid` */
  readonly list: (
    userId: UserId,
    page: { readonly cursor?: string | undefined; readonly limit: number },
  ) => Promise<{ trades: TradeView[]; nextCursor: string | null }>;
  readonly find: (
    userId: UserId,
    tradeId: TradeId,
  ) => Promise<{ trade: TradeView | null; timeline: TimelineEntry[]; traceId: string | null }>;
  readonly ofSignal: (signalId: SignalId, userId: UserId) => Promise<RpcReply<'qry.trade-executor.signal-trades'>>;
};
