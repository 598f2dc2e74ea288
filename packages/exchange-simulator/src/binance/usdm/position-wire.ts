import { absolute, add, decimal, isZero, multiply, subtract, zero, type Decimal } from '@latchkey/kernel';
import type { Account } from '../../core/accounts.js';
import type { MarginView } from '../../core/linear-funds.js';
import type { SlotMargin } from '../../core/margin.js';
import type { PositionSide } from '../../core/order.js';
import { entryPrice } from '../../core/positions.js';
import { maintenanceMargin, maxNotional } from './leverage-brackets.js';
import { money, priceText, quantityText, type UsdmMarket } from './usdm-markets.js';
import { feeRates, type UsdmParts } from './usdm-parts.js';

/** One position side of one symbol, whether or not anything is there, with what every answer about it needs. */
export type PositionRow = {
  readonly market: UsdmMarket;
  readonly positionSide: PositionSide;
  readonly slot: SlotMargin | undefined;
  readonly isolated: boolean;
  readonly leverage: number;
  readonly markPrice: Decimal;
  readonly maintMargin: Decimal;
  readonly updateTime: number;
};

const sides = { 'one-way': ['both'], hedge: ['long', 'short'] } as const;

/** Every position side that the account's mode has, symbol by symbol. */
export const positionRows = (
  { world, markets }: UsdmParts,
  { linear }: Account,
  { slots }: MarginView,
  symbols: readonly UsdmMarket[] = markets.all,
): readonly PositionRow[] =>
  symbols.flatMap((market) =>
    sides[linear.positionMode(market.symbol)].map((positionSide) => {
      const slot = slots.find((one) => one.symbol === market.symbol && one.positionSide === positionSide);
      return {
        market,
        positionSide,
        slot,
        isolated: linear.marginType(market.symbol) === 'isolated',
        leverage: linear.leverage(market.symbol),
        markPrice: world.prices.mark(market.symbol),
        maintMargin: maintenanceMargin(market.rules.brackets, absolute(slot?.notional ?? zero)),
        updateTime: linear.position(market.symbol, positionSide)?.updatedAtMs ?? 0,
      };
    }),
  );

/** The symbols in which the account has a position or an open order: what version 3 of the lists is about. */
export const busySymbols = ({ book }: UsdmParts, { apiKey, linear }: Account): ReadonlySet<string> =>
  new Set([
    ...linear
      .positions()
      .filter(({ size }) => !isZero(size))
      .map(({ pair }) => pair.symbol),
    ...book.openOf(apiKey).map(({ pair }) => pair.symbol),
  ]);

const size = ({ slot }: PositionRow): Decimal => slot?.position?.size ?? zero;
const entry = ({ slot }: PositionRow): Decimal => (slot?.position === undefined ? zero : entryPrice(slot.position));
const positionMargin = ({ slot }: PositionRow): Decimal => slot?.positionMargin ?? zero;
const orderMargin = ({ slot }: PositionRow): Decimal => slot?.orderMargin ?? zero;
const unrealised = ({ slot }: PositionRow): Decimal => slot?.unrealisedPnl ?? zero;

const isolatedWallet = (row: PositionRow): Decimal => (row.isolated ? positionMargin(row) : zero);
const isolatedMargin = (row: PositionRow): Decimal => (row.isolated ? add(positionMargin(row), unrealised(row)) : zero);

/** The entry price and the fee of going out again; what going in has cost is not remembered per position. */
const breakEven = (row: PositionRow): Decimal => {
  const fee = multiply(entry(row), decimal(feeRates.taker));
  return size(row).startsWith('-') ? subtract(entry(row), fee) : add(entry(row), fee);
};

const identity = (row: PositionRow) => ({
  symbol: row.market.symbol,
  positionSide: row.positionSide.toUpperCase(),
  positionAmt: quantityText(row.market.rules, size(row)),
});

const prices = (row: PositionRow) => ({
  entryPrice: priceText(row.market.rules, entry(row)),
  breakEvenPrice: priceText(row.market.rules, breakEven(row)),
  markPrice: money(row.markPrice),
  unRealizedProfit: money(unrealised(row)),
  // Nothing is liquidated here; zero is what the venue shows for a position that cannot be.
  liquidationPrice: '0',
  isolatedMargin: money(isolatedMargin(row)),
  notional: money(row.slot?.notional ?? zero),
  isolatedWallet: money(isolatedWallet(row)),
  updateTime: row.updateTime,
});

const margins = (row: PositionRow) => ({
  initialMargin: money(add(positionMargin(row), orderMargin(row))),
  maintMargin: money(row.maintMargin),
});

const orderNotionals = (row: PositionRow) => ({
  bidNotional: money(row.slot?.bids ?? zero),
  askNotional: money(row.slot?.asks ?? zero),
});

const openMargins = (row: PositionRow) => ({
  positionInitialMargin: money(positionMargin(row)),
  openOrderInitialMargin: money(orderMargin(row)),
});

const limitOf = ({ market, leverage }: PositionRow): string => maxNotional(market.rules.brackets, leverage) ?? '0';

/** `positionRisk` version 3: neither leverage nor margin type. */
export const positionRiskV3 = (row: PositionRow): object => ({
  ...identity(row),
  ...prices(row),
  marginAsset: row.market.quote,
  ...margins(row),
  ...openMargins(row),
  adl: isZero(size(row)) ? 0 : 1,
  ...orderNotionals(row),
});

/** `positionRisk` version 2. */
export const positionRiskV2 = (row: PositionRow): object => ({
  ...identity(row),
  ...prices(row),
  marginType: row.isolated ? 'isolated' : 'cross',
  isAutoAddMargin: 'false',
  leverage: String(row.leverage),
  maxNotionalValue: limitOf(row),
});

/** A position as `account` version 3 lists it. */
export const accountPositionV3 = (row: PositionRow): object => ({
  ...identity(row),
  unrealizedProfit: money(unrealised(row)),
  isolatedMargin: money(isolatedMargin(row)),
  notional: money(row.slot?.notional ?? zero),
  isolatedWallet: money(isolatedWallet(row)),
  ...margins(row),
  updateTime: row.updateTime,
});

/** A position as `account` version 2 lists it: every symbol, with what is set for it. */
export const accountPositionV2 = (row: PositionRow): object => ({
  ...identity(row),
  ...margins(row),
  unrealizedProfit: money(unrealised(row)),
  ...openMargins(row),
  leverage: String(row.leverage),
  isolated: row.isolated,
  entryPrice: priceText(row.market.rules, entry(row)),
  maxNotional: limitOf(row),
  ...orderNotionals(row),
  updateTime: row.updateTime,
});
