import { environment, exchange, marketType } from '@latchkey/contracts';
import type { Exchanges } from './ports/exchange.js';

/** What can be followed and verified here, in words: "binance live spot, binance live linear, …". */
export const servedMarkets = (exchanges: Exchanges): string =>
  exchange.options
    .flatMap((name) => environment.options.flatMap((where) => marketType.options.map((market) => [name, where, market] as const)))
    .filter(([name, where, market]) => exchanges({ exchange: name, environment: where, marketType: market }))
    .map((one) => one.join(' '))
    .join(', ');
