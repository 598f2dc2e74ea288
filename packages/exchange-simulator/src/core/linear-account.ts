import { zero, type Decimal } from '@latchkey/kernel';
import type { MarketSymbol } from './names.js';
import type { PositionSide } from './order.js';
import type { Position } from './positions.js';

export type PositionMode = 'one-way' | 'hedge';
export type MarginType = 'cross' | 'isolated';

/** What an account has set up and holds in linear markets. The engine decides what may change; this only remembers. Without a symbol, the
 * value of all that were not set apart. */
export type LinearAccount = {
  readonly positionMode: (symbol?: MarketSymbol) => PositionMode;
  /** For one symbol, or for the whole account, which forgets what single symbols had. */
  readonly setPositionMode: (mode: PositionMode, symbol?: MarketSymbol) => void;
  readonly leverage: (symbol?: MarketSymbol) => number;
  readonly setLeverage: (leverage: number, symbol: MarketSymbol) => void;
  readonly marginType: (symbol?: MarketSymbol) => MarginType;
  readonly setMarginType: (type: MarginType, symbol?: MarketSymbol) => void;
  readonly position: (symbol: MarketSymbol, side: PositionSide) => Position | undefined;
  /** Flat ones included. */
  readonly positions: () => readonly Position[];
  readonly putPosition: (position: Position) => void;
  /** Margin that is locked in the wallet now, in the settlement asset. */
  readonly reserved: () => Decimal;
  readonly setReserved: (amount: Decimal) => void;
};

/** A value for all symbols, and those that were set apart. */
const perSymbol = <Value>(initial: Value) => {
  let common = initial;
  const own = new Map<MarketSymbol, Value>();
  return {
    of: (symbol?: MarketSymbol): Value => (symbol === undefined ? common : (own.get(symbol) ?? common)),
    set: (value: Value, symbol?: MarketSymbol): void => {
      if (symbol !== undefined) own.set(symbol, value);
      else {
        common = value;
        own.clear();
      }
    },
  };
};

/** What an account begins with, for every symbol until it is set. */
export type LinearStart = {
  readonly positionMode: PositionMode;
  readonly leverage: number;
  /** Crossed, unless it says otherwise. */
  readonly marginType?: MarginType;
};

export const createLinearAccount = (about: LinearStart): LinearAccount => {
  const mode = perSymbol<PositionMode>(about.positionMode);
  const leverage = perSymbol(about.leverage);
  const marginType = perSymbol<MarginType>(about.marginType ?? 'cross');
  const positions = new Map<string, Position>();
  let reserved = zero;
  return {
    positionMode: mode.of,
    setPositionMode: mode.set,
    leverage: leverage.of,
    setLeverage: leverage.set,
    marginType: marginType.of,
    setMarginType: marginType.set,
    position: (symbol, side) => positions.get(`${symbol} ${side}`),
    positions: () => [...positions.values()],
    putPosition: (position) => {
      positions.set(`${position.pair.symbol} ${position.positionSide}`, position);
    },
    reserved: () => reserved,
    setReserved: (amount) => {
      reserved = amount;
    },
  };
};
