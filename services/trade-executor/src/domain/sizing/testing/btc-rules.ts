import { decimal } from '@latchkey/kernel';
import type { MarketRules } from '../market-rules.js';

/** A market without minimums, in thousandths of a coin. */
export const btcRules: MarketRules = {
  symbol: 'BTCUSDT',
  baseAsset: 'BTC',
  quoteAsset: 'USDT',
  trading: true,
  takesQuoteAmount: true,
  quotePlaces: 8,
  lots: [{ step: decimal('0.001') }],
  notional: {},
};
