import type { SignItem } from '@latchkey/contracts';
import { assertNever } from '@latchkey/kernel';
import { readBybitString } from './bybit-string.js';
import { parseBody } from './json-body.js';
import { parseParameters } from './parameters.js';

const symbolIn = ({ exchange, payload }: Pick<SignItem, 'exchange' | 'payload'>): unknown => {
  switch (exchange) {
    case 'binance':
      return parseParameters(payload)?.get('symbol');
    case 'bybit':
      return parseBody(readBybitString(payload)?.content ?? '')?.get('symbol');
    default:
      return assertNever(exchange);
  }
};

/** The symbol that an order's string itself names, whatever whoever asks says about it; `undefined` where there is none. */
export const symbolOf = (item: Pick<SignItem, 'exchange' | 'payload'>): string | undefined => {
  const symbol = symbolIn(item);
  return typeof symbol === 'string' ? symbol : undefined;
};
