import { absolute, divide, isPositive, lesser, multiply, subtract, type Decimal } from '@latchkey/kernel';

export type RiskedSize =
  | {
      readonly ok: true;
      /** Base units, before the venue's rules. */
      readonly amount: Decimal;
      /** The account cannot pay for as much as the risk would allow. */
      readonly capped: boolean;
    }
  | { readonly ok: false; readonly why: 'no_distance' | 'wrong_side' | 'nothing_free' };

/**
 * So much that what is lost between entry and stop is the risk: its size is the risk divided by the distance. It is never more than what is free
 * can pay for, so that a stop right beside the price does not ask for a fortune.
 *
 * @param risk quote units that may be lost; the stop's slippage and fees come on top
 * @param free quote units that may be spent, borrowed ones included where a leverage is set
 */
export const sizeByRisk = ({
  side,
  risk,
  price,
  stop,
  free,
}: {
  readonly side: 'buy' | 'sell';
  readonly risk: Decimal;
  readonly price: Decimal;
  readonly stop: Decimal;
  readonly free: Decimal;
}): RiskedSize => {
  const distance = side === 'buy' ? subtract(price, stop) : subtract(stop, price);
  if (!isPositive(absolute(distance))) return { ok: false, why: 'no_distance' };
  if (!isPositive(distance)) return { ok: false, why: 'wrong_side' };
  if (!isPositive(free)) return { ok: false, why: 'nothing_free' };
  const wanted = divide(risk, distance);
  const most = divide(free, price);
  return { ok: true, amount: lesser(wanted, most), capped: lesser(wanted, most) !== wanted };
};

/** @param percent of the equity that may be lost */
export const riskOf = (percent: Decimal, equity: Decimal): Decimal => multiply(equity, divide(percent, '100' as Decimal));
