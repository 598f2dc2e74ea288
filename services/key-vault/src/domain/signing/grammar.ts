import type { ExchangeName, MarketType } from '@latchkey/contracts';
import { binanceLinearGrammar } from './binance-linear.js';
import { binanceSpotGrammar } from './binance-spot.js';
import { binanceStreamGrammar } from './binance-stream.js';
import { createBybitGrammar } from './bybit.js';
import type { Grammar } from './shape.js';

const grammars: Readonly<Record<ExchangeName, Readonly<Record<MarketType, Grammar>>>> = {
  binance: { spot: binanceSpotGrammar, linear: binanceLinearGrammar },
  bybit: { spot: createBybitGrammar('spot'), linear: createBybitGrammar('linear') },
};

/** `undefined`: the form of the string is in order; the credential's state, the attempt and the verification are judged elsewhere. */
export const refusalOfString: Grammar = (item, nowMs) => {
  const { exchange, marketType, purpose } = item;
  const isStream = purpose === 'stream' && exchange === 'binance' && marketType === 'spot';
  return (isStream ? binanceStreamGrammar : grammars[exchange][marketType])(item, nowMs);
};
