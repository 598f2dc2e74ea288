import { absolute, decimal, isNegative, isZero, multiply, zero, type Decimal } from '@latchkey/kernel';
import type { Account } from '../../core/accounts.js';
import type { SlotMargin } from '../../core/margin.js';
import type { PositionSide } from '../../core/order.js';
import { entryPrice, unrealisedPnl, type Position } from '../../core/positions.js';
import type { LinearMarket } from '../market/bybit-markets.js';

const indexes: Readonly<Record<PositionSide, number>> = { both: 0, long: 1, short: 2 };
/** Half of what the highest leverage asks for. */
const maintenanceRate = decimal('0.005');

const sideOf = (size: Decimal): string => (isZero(size) ? '' : isNegative(size) ? 'Sell' : 'Buy');

/** What maintenance needs of a position at this price. */
export const maintenanceMargin = (size: Decimal, price: Decimal): Decimal =>
  multiply(multiply(absolute(size), price), maintenanceRate);

/** One row of `position/list`; a position that never was is a flat one. */
export const positionWire = (
  account: Account,
  market: LinearMarket,
  positionSide: PositionSide,
  about: { readonly position?: Position; readonly slot?: SlotMargin; readonly markPrice: Decimal },
) => {
  const { position, slot, markPrice } = about;
  const size = position?.size ?? zero;
  const flat = isZero(size);
  return {
    positionIdx: indexes[positionSide],
    riskId: 1,
    riskLimitValue: market.rules.riskLimitValue,
    symbol: market.symbol,
    side: sideOf(size),
    size: absolute(size),
    avgPrice: position === undefined ? '0' : entryPrice(position),
    positionValue: flat ? '' : (position?.cost ?? zero),
    tradeMode: 0,
    autoAddMargin: 0,
    positionStatus: 'Normal',
    leverage: String(account.linear.leverage(market.symbol)),
    breakEvenPrice: flat || position === undefined ? '' : entryPrice(position),
    markPrice,
    liqPrice: '',
    bustPrice: '',
    positionIM: flat ? '' : (slot?.positionMargin ?? zero),
    positionIMByMp: flat ? '' : (slot?.positionMargin ?? zero),
    positionMM: flat ? '' : maintenanceMargin(size, markPrice),
    positionMMByMp: flat ? '' : maintenanceMargin(size, markPrice),
    positionBalance: '0',
    tpslMode: 'Full',
    takeProfit: '',
    stopLoss: '',
    trailingStop: '0',
    sessionAvgPrice: '',
    unrealisedPnl: flat || position === undefined ? '' : unrealisedPnl(position, markPrice),
    curRealisedPnl: position?.realisedPnl ?? zero,
    cumRealisedPnl: position?.realisedPnl ?? zero,
    adlRankIndicator: 0,
    isReduceOnly: false,
    mmrSysUpdatedTime: '',
    leverageSysUpdatedTime: '',
    createdTime: String(position?.openedAtMs ?? account.createdAtMs),
    updatedTime: String(position?.updatedAtMs ?? account.createdAtMs),
    openTime: position === undefined || flat ? 0 : Math.floor(position.openedAtMs / 1_000),
    seq: position === undefined ? -1 : position.updatedAtMs,
  };
};
