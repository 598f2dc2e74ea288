import { exchange, marketType, type ExchangeName, type MarketType } from '@latchkey/contracts';

/**
 * What is served here, in words: "binance live spot, binance live linear, …".
 *
 * @param environments those that are meant
 */
export const servedMarkets = <Where extends string>(
  serves: (of: { readonly exchange: ExchangeName; readonly environment: Where; readonly marketType: MarketType }) => unknown,
  environments: readonly Where[],
): string =>
  exchange.options
    .flatMap((name) => environments.flatMap((where) => marketType.options.map((market) => [name, where, market] as const)))
    .filter(([name, environment, market]) => serves({ exchange: name, environment, marketType: market }))
    .map((one) => one.join(' '))
    .join(', ');
