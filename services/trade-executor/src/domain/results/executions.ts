import {
  add,
  compare,
  decimal,
  divide,
  isPositive,
  multiply,
  negate,
  subtract,
  sum,
  toFixedPlaces,
  zero,
  type Decimal,
} from '@latchkey/kernel';
import { isBase, isQuote } from '../trade/assets.js';
import type { Fee, Fill, Submission } from '../trade/events.js';
import { legsOf, type Leg } from '../trade/legs.js';
import type { Trade } from '../trade/state.js';

/** What a venue took in one asset. Without a `value` (quote units) nobody could say what it was worth when it was taken. */
export type FeeTaken = Fee & { readonly value?: Decimal };

/** One change of what a following owns, at the venue's time and price. */
export type Execution = {
  readonly leg: string;
  /** The venue’s id, or `rest`: what its total has beside them. */
  readonly fillId: string;
  readonly at: string;
  /** Base units: bought above zero, sold below; on spot less the fees in the base asset. */
  readonly change: Decimal;
  /** Quote units per base unit; absent where the venue told none. */
  readonly price?: Decimal;
  /** Absent where the venue did not tell what it took. */
  readonly fees?: readonly FeeTaken[];
};

/** What the venue's own total of an order has beside the fills that are known of it. */
const rest = 'rest';

type Part = {
  readonly fillId: string;
  readonly at: string;
  readonly amount: Decimal;
  readonly price?: Decimal;
  readonly fees?: readonly (Fee & { readonly price?: Decimal })[];
};

const pricePlaces = 12;

const valued = (fee: NonNullable<Part['fees']>[number], { price }: Part, attempt: Submission): FeeTaken => {
  const { asset, amount } = fee;
  if (isQuote(asset, attempt)) return { asset, amount, value: amount };
  const rate = isBase(asset, attempt) ? price : fee.price;
  return rate === undefined ? { asset, amount } : { asset, amount, value: multiply(amount, rate) };
};

const partOf = ({ fillId, at, amount, price, fee, feeAsset, feePrice }: Fill): Part => ({
  fillId,
  at,
  amount,
  price,
  ...(fee !== undefined &&
    feeAsset !== undefined && { fees: [{ asset: feeAsset, amount: fee, ...(feePrice !== undefined && { price: feePrice }) }] }),
});

const assetsOf = (fills: readonly Fill[], fees: readonly Fee[]): readonly string[] => [
  ...new Set([...fees.map(({ asset }) => asset), ...fills.flatMap(({ feeAsset }) => feeAsset ?? [])]),
];
const toldOf = (fees: readonly Fee[], asset: string): Decimal =>
  sum(fees.filter((fee) => fee.asset === asset).map(({ amount }) => amount));

/** The venue's totals less what its fills account for. */
const restOf = ({ fills, filled, averagePrice, fees }: Leg, { timestamp }: Submission): Part | undefined => {
  const known = sum(fills.map(({ amount }) => amount));
  if (compare(filled, known) <= 0) return undefined;
  const amount = subtract(filled, known);
  const value = (price: Decimal) =>
    fills.reduce((left, fill) => subtract(left, multiply(fill.amount, fill.price)), multiply(filled, price));
  const price = averagePrice && decimal(toFixedPlaces(divide(value(averagePrice), amount), pricePlaces));
  const taken = (asset: string) =>
    sum(fills.flatMap(({ fee, feeAsset }) => (fee !== undefined && feeAsset === asset ? [fee] : [])));
  return {
    fillId: rest,
    // Nobody tells when: with the last that is known, or when the order was sent, by the same clock.
    at: fills.map(({ at }) => at).reduce((latest, at) => (at > latest ? at : latest), new Date(timestamp).toISOString()),
    amount,
    // A venue's average is rounded: of a small rest it may leave no price at all.
    ...(averagePrice !== undefined && { price: price !== undefined && isPositive(price) ? price : averagePrice }),
    ...(fees && { fees: assetsOf(fills, fees).map((asset) => ({ asset, amount: subtract(toldOf(fees, asset), taken(asset)) })) }),
  };
};

const executionOf = (part: Part, attempt: Submission, isSpot: boolean): Execution => {
  const moved = attempt.side === 'buy' ? part.amount : negate(part.amount);
  const gone = isSpot ? sum((part.fees ?? []).filter(({ asset }) => isBase(asset, attempt)).map(({ amount }) => amount)) : zero;
  return {
    leg: attempt.leg,
    fillId: part.fillId,
    at: part.at,
    change: add(moved, negate(gone)),
    ...(part.price !== undefined && { price: part.price }),
    ...(part.fees && { fees: part.fees.map((fee) => valued(fee, part, attempt)) }),
  };
};

/** All that a trade has executed: fills, and what the venue counts beside them. Their changes add up to `ownedChange`. */
export const executionsOf = (trade: Trade): readonly Execution[] => {
  if (trade.status === 'none') return [];
  const isSpot = trade.request.marketType === 'spot';
  return legsOf(trade).flatMap((leg) => {
    const { attempt } = leg;
    if (!attempt) return [];
    const beside = restOf(leg, attempt);
    return [...leg.fills.map(partOf), ...(beside ? [beside] : [])].map((part) => executionOf(part, attempt, isSpot));
  });
};
