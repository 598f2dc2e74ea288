import {
  absolute,
  add,
  compare,
  decimal,
  divide,
  greater,
  isZero,
  multiply,
  roundDownToStep,
  subtract,
  sum,
  zero,
  type Decimal,
} from '@latchkey/kernel';
import type { LinearAccount, MarginType } from './linear-account.js';
import type { MarketSymbol } from './names.js';
import { remainingQuantity, type Order, type OrderSide, type PositionSide } from './order.js';
import { unrealisedPnl, type Position } from './positions.js';

/** An open order, or one that asks to be, as margin sees it. */
export type Claim = Pick<Order, 'pair' | 'side' | 'price' | 'linear' | 'fills' | 'quantity'>;

/** What one position and its open orders need, in quote units. */
export type SlotMargin = {
  readonly symbol: MarketSymbol;
  readonly positionSide: PositionSide;
  readonly marginType: MarginType;
  readonly leverage: number;
  readonly position?: Position;
  /** The position at the market's price; below zero is short. */
  readonly notional: Decimal;
  readonly bids: Decimal;
  readonly asks: Decimal;
  /** The largest size, in quote units, that the open orders can lead to. */
  readonly worstNotional: Decimal;
  readonly positionMargin: Decimal;
  readonly orderMargin: Decimal;
  readonly unrealisedPnl: Decimal;
};

const moneyStep = decimal('0.00000001');
/** A part of a notional, rounded up: less than is needed is never enough. */
const part = (notional: Decimal, leverage: number): Decimal => {
  const exact = divide(notional, decimal(String(leverage)));
  const cut = roundDownToStep(exact, moneyStep);
  return compare(cut, exact) === 0 ? cut : add(cut, moneyStep);
};

/** False for what can only make a position smaller: a reduce-only order, and in hedge mode every order against its side. */
export const isClosing = ({ side, linear }: Pick<Order, 'side' | 'linear'>): boolean => {
  if (linear === undefined) return false;
  if (linear.positionSide === 'both') return linear.reduceOnly;
  return (linear.positionSide === 'long') === (side === 'sell');
};

const claimed = (claims: readonly Claim[], side: OrderSide, price: Decimal): Decimal =>
  sum(
    claims
      .filter((claim) => claim.side === side && !isClosing(claim))
      .map((claim) => multiply(remainingQuantity(claim), claim.price ?? price)),
  );

/**
 * The margin of each position side that holds a position or has open orders. Orders on both sides are not added up: the worse of "all buys
 * fill" and "all sells fill" is what counts, as Binance documents for USDM's cross margin.
 */
export const slotMargins = (
  account: LinearAccount,
  claims: readonly Claim[],
  priceOf: (symbol: MarketSymbol) => Decimal,
): readonly SlotMargin[] => {
  const slots = new Map<string, { symbol: MarketSymbol; positionSide: PositionSide; claims: Claim[] }>();
  const slot = (symbol: MarketSymbol, positionSide: PositionSide) => {
    const known = slots.get(`${symbol} ${positionSide}`) ?? { symbol, positionSide, claims: [] };
    slots.set(`${symbol} ${positionSide}`, known);
    return known;
  };
  for (const { pair, positionSide, size } of account.positions()) if (!isZero(size)) slot(pair.symbol, positionSide);
  for (const claim of claims) slot(claim.pair.symbol, claim.linear?.positionSide ?? 'both').claims.push(claim);

  return [...slots.values()].map(({ symbol, positionSide, claims: own }) => {
    const price = priceOf(symbol);
    const position = account.position(symbol, positionSide);
    const leverage = account.leverage(symbol);
    const marginType = account.marginType(symbol);
    const notional = multiply(position?.size ?? zero, price);
    const bids = claimed(own, 'buy', price);
    const asks = claimed(own, 'sell', price);
    const worstNotional = greater(absolute(add(notional, bids)), absolute(subtract(notional, asks)));
    const held = absolute(notional);
    return {
      symbol,
      positionSide,
      marginType,
      leverage,
      ...(position === undefined ? {} : { position }),
      notional,
      bids,
      asks,
      worstNotional,
      // An isolated position keeps the margin it was opened with; a crossed one follows the market.
      positionMargin: part(marginType === 'isolated' ? (position?.cost ?? zero) : held, leverage),
      orderMargin: part(subtract(worstNotional, held), leverage),
      unrealisedPnl: position === undefined ? zero : unrealisedPnl(position, price),
    };
  });
};

/** What the slots need together. */
export const totalMargin = (slots: readonly SlotMargin[]): Decimal =>
  sum(slots.map(({ positionMargin, orderMargin }) => add(positionMargin, orderMargin)));

/** Profit and loss of the crossed positions, which counts as funds for new orders. */
export const crossPnl = (slots: readonly SlotMargin[]): Decimal =>
  sum(slots.filter(({ marginType }) => marginType === 'cross').map((slot) => slot.unrealisedPnl));
