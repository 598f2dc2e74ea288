import { add, decimal, isDecimal, isNegative, isPositive, isZero, negate, subtract, type Decimal } from '@latchkey/kernel';
import type { InOwnFormat } from './own-format.js';

const amount = String.raw`(\d+(?:\.\d+)?(?:e[+-]?\d{1,2})?)`;
const message = new RegExp(
  String.raw`^[^\n]{0,200}?\border (buy|sell) @ ${amount} filled on (\S{1,40}?)\. New strategy position is (-?${amount})\.?$`,
  'i',
);

const positionOf = (size: Decimal): string => {
  if (isZero(size)) return 'flat';
  return isPositive(size) ? 'long' : 'short';
};
const sizeOf = (size: Decimal): Decimal => (isNegative(size) ? negate(size) : size);

/**
 * The message that TradingView writes for an alert on a strategy when nobody changes it: `… order buy @ 0.5 filled on BTCUSDT. New strategy position
 * is 0.5`. The position before follows from the order and the position after.
 *
 * @returns undefined: it is not such a message
 */
export const fromStrategyMessage = (text: string): InOwnFormat | undefined => {
  const [, action, contracts, ticker, position] = message.exec(text.trim().replaceAll('−', '-')) ?? [];
  if (action === undefined || contracts === undefined || ticker === undefined || position === undefined) return undefined;
  if (!isDecimal(contracts) || !isDecimal(position)) return undefined;
  const [quantity, now] = [decimal(contracts), decimal(position)];
  const before = action.toLowerCase() === 'buy' ? subtract(now, quantity) : add(now, quantity);
  return {
    fields: {
      ticker,
      action: action.toLowerCase(),
      quantity,
      marketPosition: positionOf(now),
      prevMarketPosition: positionOf(before),
      marketPositionSize: sizeOf(now),
      prevMarketPositionSize: sizeOf(before),
    },
    names: {},
    warnings: [
      'the message is TradingView\'s own and tells no time: the same order again within 30 s counts as the same alert; the README has a message with "time"',
    ],
  };
};
