import {
  absolute,
  add,
  compare,
  isNegative,
  isPositive,
  isZero,
  lesser,
  multiply,
  subtract,
  zero,
  type Decimal,
} from '@latchkey/kernel';
import type { MarketType, Side } from '@latchkey/contracts';
import { largest, roundDown, smallest } from './lots.js';
import type { MarketRules } from './market-rules.js';
import type { SizingRefusal } from './size-request.js';

export type SizedExit =
  | {
      readonly ok: true;
      readonly side: Side;
      readonly amount: Decimal;
      /** True when one order does not close all of it, because the venue takes no larger one. */
      readonly more: boolean;
    }
  | ({ readonly ok: false } & SizingRefusal);

export type Unknown = { readonly bought: Decimal; readonly sold: Decimal };

export type ExitSize = {
  readonly marketType: MarketType;
  /** What the following owns by its own fills. */
  readonly owned: Decimal;
  /** What orders whose outcome is not known would have bought and sold, if all of it was executed. */
  readonly unknown: Unknown;
  /** What the account has of the base asset, where that was asked. */
  readonly free?: Decimal | undefined;
  /** Of an exit that goes on: what it began to sell it does not buy back. */
  readonly side?: Side | undefined;
  readonly rules: MarketRules;
  readonly price?: Decimal | undefined;
};

const refuse = (reason: string, message: string): SizedExit => ({ ok: false, reason, message });

const nothing = ({ rules: { symbol } }: ExitSize): SizedExit =>
  refuse('nothing_to_close', `The strategy owns nothing on ${symbol} by trades that were made here; there is nothing to close.`);

/**
 * What is a following's own, whatever became of the orders whose outcome is not known: what they may have closed is left out, what they may have
 * opened does not count. Nothing at a venue stops an order at that: spot sells the user's coins, and what only reduces takes from whatever else
 * the account holds.
 */
export const ownedForSure = (owned: Decimal, { bought, sold }: Unknown): Decimal => {
  const rest = isPositive(owned) ? subtract(owned, sold) : add(owned, bought);
  return isPositive(owned) === isPositive(rest) && !isZero(owned) ? rest : zero;
};

/** Signed: above zero it is sold, below it is bought back. */
const toClose = ({ marketType, owned, unknown, side }: ExitSize): Decimal => {
  // On spot nothing can be owed: less than nothing means that the user's own coins were sold.
  const wanted = marketType === 'spot' && isNegative(owned) ? zero : ownedForSure(owned, unknown);
  if (side === 'sell' && isNegative(wanted)) return zero;
  return side === 'buy' && isPositive(wanted) ? zero : wanted;
};

const dust = (wanted: Decimal, { rules }: ExitSize, least: string): SizedExit =>
  refuse(
    'dust_below_minimum',
    `What is left to close on ${rules.symbol}, ${wanted} ${rules.baseAsset}, is less than the exchange takes (${least}); it stays in the account.`,
  );

/**
 * How much closes what a following owns: whole lots of it, never more than that, and on spot never more than the account has free.
 * What the venue takes no order for is said, not sold.
 */
export const sizeExit = (exit: ExitSize): SizedExit => {
  const { marketType, free, rules, price } = exit;
  if (!rules.trading)
    return refuse('market.not_trading', `${rules.symbol} takes no orders at the exchange now; the position was not closed.`);
  const signed = toClose(exit);
  if (isZero(signed)) return nothing(exit);
  const wanted = absolute(signed);
  const held = free === undefined ? wanted : lesser(wanted, free);
  if (!isPositive(held))
    return refuse(
      'balance_gone',
      `The strategy bought ${wanted} ${rules.baseAsset} that the account no longer has free; look at the exchange where it went.`,
    );
  const max = smallest(rules.lots.map((lot) => lot.max));
  const more = max !== undefined && compare(held, max) > 0;
  const amount = roundDown(more ? max : held, rules.lots);
  const min = largest(rules.lots.map(({ min: least, step }) => least ?? step));
  if (!isPositive(amount) || (min !== undefined && compare(amount, min) < 0))
    return dust(held, exit, `${min ?? 'more than nothing'} ${rules.baseAsset}`);
  // Only on spot: what reduces a position has no minimum value.
  const { min: minValue } = rules.notional;
  if (marketType === 'spot' && minValue !== undefined && price !== undefined && compare(multiply(amount, price), minValue) < 0)
    return dust(held, exit, `${minValue} ${rules.quoteAsset}`);
  return { ok: true, side: isPositive(signed) ? 'sell' : 'buy', amount, more };
};
