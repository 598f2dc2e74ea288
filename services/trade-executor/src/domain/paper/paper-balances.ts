import type { MarketType } from '@latchkey/contracts';
import { add, divide, greater, multiply, subtract, sum, zero, type Decimal } from '@latchkey/kernel';
import type { Balance } from '../sizing/size-request.js';
import { notionalOf, paperLeverage, type PaperAccount } from './fill-on-paper.js';

/** A contract as a position in it is valued: by its price of now, in the asset that it settles in. */
export type PaperMark = { readonly price: Decimal; readonly quoteAsset: string };

/**
 * What a paper account has, in the terms of an exchange's answer. Its orders are filled when they are placed, so that none of them holds anything;
 * its positions do, in their settling asset.
 *
 * @param marks of every symbol that it has a position in
 */
export const balancesOnPaper = (
  { balances, positions }: PaperAccount,
  marketType: MarketType,
  marks: ReadonlyMap<string, PaperMark>,
): ReadonlyMap<string, Balance> => {
  if (marketType === 'spot') return new Map([...balances].map(([asset, held]) => [asset, { total: held, free: held }]));
  const held = [...positions].flatMap(([symbol, position]) => {
    const mark = marks.get(symbol);
    return mark ? [{ symbol, position, ...mark }] : [];
  });
  return new Map(
    [...balances].map(([asset, balance]) => {
      const own = held.filter(({ quoteAsset }) => quoteAsset === asset);
      const result = sum(own.map(({ position, price }) => multiply(position.quantity, subtract(price, position.entryPrice))));
      const secured = notionalOf({ balances, positions: new Map(own.map(({ symbol, position }) => [symbol, position])) });
      const total = add(balance, result);
      return [asset, { total, free: greater(zero, subtract(total, divide(secured, paperLeverage))) }];
    }),
  );
};
