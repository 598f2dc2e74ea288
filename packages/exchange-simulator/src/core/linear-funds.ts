import { absolute, add, greater, isPositive, isZero, negate, subtract, sum, zero, type Decimal } from '@latchkey/kernel';
import type { LinearAccount } from './linear-account.js';
import { crossPnl, isClosing, slotMargins, totalMargin, type Claim, type SlotMargin } from './margin.js';
import type { ApiKey, Asset, MarketSymbol } from './names.js';
import { remainingQuantity, type Order } from './order.js';
import type { MarketBook } from './order-book.js';
import { reduces } from './positions.js';
import type { Prices } from './prices.js';
import type { Wallet } from './wallet.js';

/** Whose orders these are: what the account set up and holds, and the wallet that pays. */
export type Holder = { readonly wallet: Wallet; readonly linear: LinearAccount };

/** What positions and open orders need now, and what is left for new ones. Amounts in the settlement asset. */
export type MarginView = {
  readonly slots: readonly SlotMargin[];
  /** Free and locked together, before profit and loss that is not realised. */
  readonly walletBalance: Decimal;
  readonly positionMargin: Decimal;
  readonly orderMargin: Decimal;
  readonly crossUnrealisedPnl: Decimal;
  /** Never below zero. */
  readonly available: Decimal;
};

export type LinearFunds = {
  readonly view: (apiKey: ApiKey) => MarginView;
  /** The slots as they would be with one more order. */
  readonly slotsWith: (apiKey: ApiKey, more: readonly Claim[]) => readonly SlotMargin[];
  /** The slots as they would be with another leverage for one symbol. */
  readonly slotsAt: (apiKey: ApiKey, symbol: MarketSymbol, leverage: number) => readonly SlotMargin[];
  /** Locks in the wallet what the account's positions and orders need now. */
  readonly reserve: (apiKey: ApiKey) => void;
  /** Base units that an order may close: the position against it, less what other closing orders already claim. */
  readonly closable: (order: Order) => Decimal;
};

export const createLinearFunds = ({
  prices,
  book,
  holderOf,
  settlesIn,
}: {
  readonly prices: Prices;
  readonly book: MarketBook;
  readonly holderOf: (apiKey: ApiKey) => Holder;
  readonly settlesIn: Asset;
}): LinearFunds => {
  const openOrders = (apiKey: ApiKey): readonly Order[] =>
    book.openOf(apiKey).filter(({ workingSinceMs }) => workingSinceMs !== undefined);
  const slotsWith = (apiKey: ApiKey, more: readonly Claim[]): readonly SlotMargin[] =>
    slotMargins(holderOf(apiKey).linear, [...openOrders(apiKey), ...more], prices.mark);

  return {
    slotsWith,
    slotsAt: (apiKey, symbol, leverage) => {
      const { linear } = holderOf(apiKey);
      const leverageOf = (one?: MarketSymbol): number => (one === symbol ? leverage : linear.leverage(one));
      return slotMargins({ ...linear, leverage: leverageOf }, openOrders(apiKey), prices.mark);
    },
    view: (apiKey) => {
      const slots = slotsWith(apiKey, []);
      const { free, locked } = holderOf(apiKey).wallet.balance(settlesIn);
      const crossUnrealisedPnl = crossPnl(slots);
      return {
        slots,
        walletBalance: add(free, locked),
        positionMargin: sum(slots.map(({ positionMargin }) => positionMargin)),
        orderMargin: sum(slots.map(({ orderMargin }) => orderMargin)),
        crossUnrealisedPnl,
        available: greater(zero, add(free, crossUnrealisedPnl)),
      };
    },
    reserve: (apiKey) => {
      const { wallet, linear } = holderOf(apiKey);
      const needed = totalMargin(slotsWith(apiKey, []));
      const difference = subtract(needed, linear.reserved());
      if (isZero(difference)) return;
      if (isPositive(difference)) wallet.lock(settlesIn, difference);
      else wallet.unlock(settlesIn, negate(difference));
      linear.setReserved(needed);
    },
    closable: (order) => {
      const side = order.linear?.positionSide ?? 'both';
      const position = holderOf(order.apiKey).linear.position(order.pair.symbol, side);
      if (position === undefined || !reduces(position, order.side)) return zero;
      const others = openOrders(order.apiKey).filter(
        (other) =>
          other.orderId !== order.orderId &&
          other.pair.symbol === order.pair.symbol &&
          other.linear?.positionSide === side &&
          isClosing(other),
      );
      return greater(zero, subtract(absolute(position.size), sum(others.map(remainingQuantity))));
    },
  };
};
