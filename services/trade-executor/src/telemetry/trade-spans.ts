import { contextOf, inSpan } from '@latchkey/tracing';
import { context } from '@opentelemetry/api';
import type { LoadedTrade } from '../app/ports/trades.js';
import type { TradeRequest } from '../domain/trade/events.js';

/** What a venue's figures and spans are told apart by. */
export const venueAttributes = ({
  exchange,
  environment,
  marketType,
}: Pick<TradeRequest, 'exchange' | 'environment' | 'marketType'>) => ({
  'latchkey.venue': exchange,
  'latchkey.environment': environment,
  'latchkey.market': marketType,
});

/**
 * One piece of work on a trade, in the trace that its signal began, whichever process goes on with it. Following an open order may take days:
 * it is no piece of work, its look-ups show by themselves.
 */
export const inTrade = <T>({ tradeId, trade, last }: LoadedTrade, request: TradeRequest, work: () => Promise<T>): Promise<T> => {
  const parent = last.metadata.traceparent;
  if (trade.status === 'accepted') return context.with(contextOf(parent), work);
  const attributes = { ...venueAttributes(request), 'latchkey.trade.id': tradeId, 'latchkey.trade.status': trade.status };
  return inSpan('trade', { parent, attributes }, work);
};
