import { apiKeyMark } from './bybit-string.js';
import type { Grammar } from './shape.js';
import { refusalOfWindow } from './time-window.js';

// Sorted by name, as the venue's WebSocket API computes it (exchange-facts 9.2); the mark stands where the account's API key belongs.
const form = /^apiKey=\{apiKey\}&recvWindow=(\d+)&timestamp=(\d+)$/;

/**
 * The one string of the purpose `stream`: Binance spot's `userDataStream.subscribe.signature`, which shows the account's own orders. It is
 * `session.logon`'s too, which takes Ed25519 keys alone and then needs no further signature: with those it is never signed
 * (`signing-policy.ts`).
 */
export const binanceStreamGrammar: Grammar = ({ payload }, nowMs) => {
  const [, recvWindow, timestamp] = form.exec(payload) ?? [];
  return timestamp === undefined ? 'vault.string_not_allowed' : refusalOfWindow(timestamp, recvWindow, nowMs);
};

/** The string that the venue will compute, with the account's own key where the mark stood. */
export const completeStreamString = (payload: string, apiKey: string): string => payload.replace(apiKeyMark, () => apiKey);
