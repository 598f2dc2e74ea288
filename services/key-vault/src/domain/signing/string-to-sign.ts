import type { SignItem } from '@latchkey/contracts';
import { assertNever } from '@latchkey/kernel';
import { completeStreamString } from './binance-stream.js';
import { completeBybitString } from './bybit-string.js';

/** What is signed for an item that was found in order: at Bybit, and for a stream, the account's API key is a part of it. */
export const stringToSign = (
  { exchange, purpose, payload }: Pick<SignItem, 'exchange' | 'purpose' | 'payload'>,
  apiKey: string,
): string => {
  switch (exchange) {
    case 'binance':
      return purpose === 'stream' ? completeStreamString(payload, apiKey) : payload;
    case 'bybit':
      return completeBybitString(payload, apiKey);
    default:
      return assertNever(exchange);
  }
};
