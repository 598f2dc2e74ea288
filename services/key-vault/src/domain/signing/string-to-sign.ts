import type { SignItem } from '@latchkey/contracts';
import { assertNever } from '@latchkey/kernel';
import { completeBybitString } from './bybit-string.js';

/** What is signed for an item that was found in order: at Bybit the account's API key is a part of it. */
export const stringToSign = ({ exchange, payload }: Pick<SignItem, 'exchange' | 'payload'>, apiKey: string): string => {
  switch (exchange) {
    case 'binance':
      return payload;
    case 'bybit':
      return completeBybitString(payload, apiKey);
    default:
      return assertNever(exchange);
  }
};
