import type { Refusal, TradeRequest } from '../domain/trade/events.js';

export const clockUnknown: Refusal = {
  reason: 'venue.clock_unknown',
  message: 'The exchange’s clock is unknown or disagrees with ours, so nothing could be signed.',
};
export const marketsUnknown: Refusal = { reason: 'venue.unavailable', message: 'The exchange does not tell its markets now.' };

export const unknownMarket = ({
  symbol,
  marketType,
  exchange,
}: Pick<TradeRequest, 'symbol' | 'marketType' | 'exchange'>): Refusal => ({
  reason: 'market.unknown_symbol',
  message: `${symbol} is not a ${marketType} market of ${exchange}; check the ticker in the alert.`,
});

export const marketNotServed = ({
  exchange,
  environment,
  marketType,
}: Pick<TradeRequest, 'exchange' | 'environment' | 'marketType'>): Refusal => ({
  reason: 'venue.not_supported',
  message: `${exchange} ${environment} ${marketType} is not served by this installation; follow with another account.`,
});
